"""The name and version of every JSON document that is written, as its `schema` says it.

A version goes up when a program that reads the document could misread the new one; a key more is no such change.
"""

TRACE = "dftrace.trace/1"
"""The table of a trace: `run -f json`."""
SAVED_TRACE = "dftrace.saved_trace/1"
"""The record in a saved trace: `run --save`."""
PARAMS = "dftrace.params/1"
"""Counts, by layer or by tensor: `params -f json`."""
EXPLANATION = "dftrace.explanation/1"
"""An element, a dense layer as a whole, or a layer in words, as `about` says: `explain -f json`."""
BENCH = "dftrace.bench/1"
"""What was measured: `bench -f json`."""
SAVED_BENCH = "dftrace.saved_bench/1"
"""The record of a measurement, every pass: `bench --save`."""
CHECK = "dftrace.check/1"
"""The problems of network files: `check -f json`."""
LAYERS = "dftrace.layers/1"
"""The kinds of layers, or the fields of one: `layers -f json`."""
EXAMPLES = "dftrace.examples/1"
"""The worked examples: `init --list -f json`."""
