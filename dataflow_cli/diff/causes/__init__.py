"""Hypotheses about a layer that differs: each is a change that would make it equal, if it is the cause."""
