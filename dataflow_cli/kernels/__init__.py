"""The arithmetic: plain functions on arrays, (N, ..., channels). Nothing here knows of layers, files or terminals."""
