"""Measures how fast a network runs."""
