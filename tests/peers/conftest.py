"""Comparisons with other packages: skipped where they are not installed, and Keras runs on PyTorch."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "torch")
