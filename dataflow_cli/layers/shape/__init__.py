"""Layers that give their input another shape, and compute nothing."""
