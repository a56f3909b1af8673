"""The memory estimate, beside what a careful hand adds up."""

from __future__ import annotations

import pytest

from dataflow_cli.network.build import network_from_text
from dataflow_cli.network.chains import readers
from dataflow_cli.network.memory import estimated_peak_bytes
from dataflow_cli.sizes import bytes_text

BRANCHY = """\
dftrace: 1
input: [10]
layers:
  - {type: dense, name: a, units: 100}
  - {type: dense, name: b, units: 20}
  - {type: dense, name: c, units: 30, activation: tanh}
  - {type: dense, name: d, units: 20, inputs: a}
  - {type: add, name: e, inputs: [b, d]}
  - {type: concatenate, name: f, inputs: [c, e]}
"""
PARAMETERS = (10 * 100 + 100) + (100 * 20 + 20) + (20 * 30 + 30) + (100 * 20 + 20)


def test_a_branchy_network_by_hand():
    """At most a, b, c and e are there (d is finished to e); before f the memory of a is let go of. The input stays."""
    network = network_from_text(BRANCHY)
    most = 10 + (100 + 20 + 30 + 20)
    assert estimated_peak_bytes(network, 1, "float32") == 4 * (PARAMETERS + most)
    assert estimated_peak_bytes(network, 7, "float64") == 8 * (PARAMETERS + 7 * most)


def test_memory_that_is_free_is_used_again():
    text = "dftrace: 1\ninput: [10]\nlayers:\n" + "".join(
        f"  - {{type: dense, units: {n}}}\n" for n in (50, 40, 30, 20)
    )
    parameters = 10 * 50 + 50 + 50 * 40 + 40 + 40 * 30 + 30 + 30 * 20 + 20
    network = network_from_text(text)
    assert estimated_peak_bytes(network, 1, "float32") == 4 * (parameters + 10 + 50 + 40)
    assert estimated_peak_bytes(network, 1, "float32", reused=True) == 4 * (parameters + 2 * 10 + 50 + 40)


def test_an_activation_along_an_axis_needs_its_argument_and_its_sums_beside_it():
    network = network_from_text("dftrace: 1\ninput: [10]\nlayers: [{type: dense, units: 30, activation: softmax}]\n")
    assert estimated_peak_bytes(network, 1, "float32") == 4 * (10 * 30 + 30 + 10 + 30 + 30 + 30)


@pytest.mark.parametrize(
    ("size", "filters", "held"),
    [
        (32, 32, 32 * 32 * 32 + 16 * 16 * 32),
        (32, 31, 32 * 32 * 32 + 32 * 32 * 31 + 16 * 16 * 31),
        (33, 32, 33 * 33 * 32 + 33 * 33 * 32 + 16 * 16 * 32),
    ],
)
def test_a_convolution_that_winograd_pools_leaves_only_the_maxima(size, filters, held):
    """The others, and those with an odd length, leave their whole tensor."""
    conv = f"{{type: conv2d, filters: {filters}, kernel_size: 3, padding: same}}"
    network = network_from_text(f"dftrace: 1\ninput: [{size}, {size}, 32]\nlayers: [{conv}, {{type: max_pooling2d}}]\n")
    assert estimated_peak_bytes(network, 1, "float32") == 4 * (9 * 32 * filters + filters + held)


def test_a_pooling_that_overlaps_needs_the_whole_tensor_before_it():
    conv = "{type: conv2d, filters: 32, kernel_size: 3, padding: same}"
    pool = "{type: max_pooling2d, pool_size: 3, strides: 2}"
    network = network_from_text(f"dftrace: 1\ninput: [32, 32, 32]\nlayers: [{conv}, {pool}]\n")
    held = 32 * 32 * 32 + 32 * 32 * 32 + 15 * 15 * 32
    assert estimated_peak_bytes(network, 1, "float32") == 4 * (9 * 32 * 32 + 32 + held)


def test_what_is_kept_stays():
    network = network_from_text(BRANCHY)
    everything = 10 + 100 + 20 + 30 + 20 + 20 + 50
    names = ["input", *network.by_name]
    assert estimated_peak_bytes(network, 1, "float32", names) == 4 * (PARAMETERS + everything)


def test_outputs_stay():
    text = "dftrace: 1\ninput: [10]\nlayers:\n  - {type: dense, name: a, units: 50}\n  - {type: dense, units: 40}\n"
    first = network_from_text(f"{text}  - {{type: dense, name: c, units: 30}}\noutputs: [a, c]\n")
    parameters = 10 * 50 + 50 + 50 * 40 + 40 + 40 * 30 + 30
    assert estimated_peak_bytes(first, 1, "float32") == 4 * (parameters + 10 + 50 + 40 + 30)


def test_readers_count_the_network_itself_among_the_readers_of_its_outputs():
    assert readers(network_from_text(BRANCHY)) == {"input": 1, "a": 2, "b": 2, "c": 1, "d": 1, "e": 1, "f": 1}


def test_a_long_chain_needs_no_more_than_two_tensors():
    text = "dftrace: 1\ninput: [1000]\nlayers:\n" + "  - relu\n" * 500
    assert estimated_peak_bytes(network_from_text(text), 3, "float32") == 3 * 2 * 1000 * 4


@pytest.mark.parametrize(
    ("count", "text"),
    [
        *[(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (1024**2 - 1, "1.0 MiB")],
        *[(4_799_528, "4.6 MiB"), (1024**3, "1.0 GiB"), (1024**4, "1.0 TiB"), (1024**5 * 2000, "2,000.0 PiB")],
    ],
)
def test_bytes_in_words(count, text):
    assert bytes_text(count) == text
