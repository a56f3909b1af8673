"""Names that load what they need when they are used: who presses TAB sees them all."""

import pytest

import dataflow_cli
from dataflow_cli import kernels
from dataflow_cli.layers import explaining, receptive_fields


@pytest.mark.parametrize(
    "module", [dataflow_cli, kernels, explaining, receptive_fields], ids=lambda module: module.__name__
)
def test_what_is_listed_can_be_had(module):
    assert set(module.__all__) <= set(dir(module))
    assert all(getattr(module, name) is not None for name in module.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'no_such_name'"):
        module.no_such_name  # noqa: B018  it is asked for


@pytest.mark.parametrize(
    "module", [dataflow_cli, kernels, explaining, receptive_fields], ids=lambda module: module.__name__
)
def test_nothing_is_listed_that_is_not_public(module):
    assert {name for name in dir(module) if not name.startswith("__")} == set(module.__all__)
