"""Attention with its projections, found among the operations that exporters write it as."""
