"""Activation functions, one kind one file. Each is a layer, and most can be the `activation` of another layer."""
