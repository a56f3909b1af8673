"""Layers that slide kernels over space."""
