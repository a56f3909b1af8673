"""Layers whose units see everything, or a row of a table."""
