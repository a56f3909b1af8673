"""Explanations as pictures: the same document that is printed, drawn with its numbers in cells and bars."""
