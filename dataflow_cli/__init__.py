"""dftrace: traces the data that flows through a neural network."""
