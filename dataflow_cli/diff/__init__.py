"""Compares two runs tensor by tensor: which layer computes otherwise, where, and by how much."""
