"""Machines of both kinds: those that multiply small matrices as they lie, and the others."""

from __future__ import annotations

import pytest

from dataflow_cli.kernels import panels


@pytest.fixture(params=[True, False], ids=["panels", "whole"])
def in_place(request, monkeypatch):
    """Whether this is a machine for which kernels are cut into panels."""
    monkeypatch.setattr(panels, "multiplied_in_place", lambda: request.param)
    return request.param
