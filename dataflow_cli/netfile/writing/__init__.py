"""What `write.py` is made of: values, lines, paths, and the blocks that a network's names tell of."""
