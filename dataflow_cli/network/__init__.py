"""Nodes and wiring: what every layer takes, gives and costs, worked out from the description alone."""
