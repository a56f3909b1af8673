"""The command line: parse, call, render. One command, one file."""
