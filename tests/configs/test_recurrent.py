"""The examples that go along sequences: what they count, and what the trained one knows."""

import json
from pathlib import Path

from dataflow_cli.network.build import load_network

CONFIGS = Path(__file__).parents[2] / "configs"


def test_two_bidirectional_lstms_count_what_keras_counts():
    """An LSTM has 4((n + m + 1)m) parameters; its products are made once for every step, from both ends."""
    network = load_network(CONFIGS / "lstm-imdb.yaml")
    lstm = 4 * (128 + 64 + 1) * 64
    assert [node.parameter_count for node in network.nodes] == [2_560_000, 2 * lstm, 2 * lstm, 129]
    assert network.parameter_count == 2_757_761
    assert network.macs == 2 * 2 * 200 * 4 * (128 + 64) * 64 + 128


def test_the_trained_one_reads_digits_that_it_never_saw():
    network = load_network(CONFIGS / "mnist-lstm.yaml")
    right = [int(network.trace(CONFIGS / "digits" / f"{digit}.png").output.argmax()) for digit in range(10)]
    assert right == list(range(10))
    record = json.loads((CONFIGS / "mnist-lstm.json").read_text(encoding="utf-8"))
    assert record["test"]["counted_by"] == "dftrace"
    assert record["test"]["right"] >= 0.97 * record["test"]["total"] == 9_700
