"""Layers that act in training only, and hand their input on here."""
