"""Layers that take the largest or the mean of windows, or of everything."""
