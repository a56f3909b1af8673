"""Runs a network: its work is scheduled once and done for every minibatch."""
