"""Functions of numbers, which networks of operations are made of."""
