"""Reading and writing files that nobody vouches for: NumPy arrays without pickle, and outputs that appear whole.

Weights and inputs both stand on this floor. What is wrong with a file is raised as a short FileProblem, without its
name; `reported` gives it the name and the kind of error that the caller's user knows.
"""
