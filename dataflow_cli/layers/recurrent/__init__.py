"""Layers that go along a sequence step by step, and remember."""
