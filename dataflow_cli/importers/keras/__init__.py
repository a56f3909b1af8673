"""Keras: `.keras`, `.h5`, `.weights.h5`, from 1 to the newest. The files are read as data: nothing in them is run."""
