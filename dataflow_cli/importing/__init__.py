"""`dftrace import`: a model of another framework becomes a network file and its weights, and is held against it."""
