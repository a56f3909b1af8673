"""Where parameters come from: inline, a file, an initializer. One source, one file."""
