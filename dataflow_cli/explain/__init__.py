"""Explains elements of a run by their arithmetic."""
