"""Layers in which places look at one another, and what tells places apart."""
