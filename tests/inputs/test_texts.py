"""Texts as inputs, by a tokenizer of six words that stands in for the package."""

from __future__ import annotations

import json
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from dataflow_cli.errors import InputError
from dataflow_cli.network.build import load_network
from dataflow_cli.trace.saved import load_trace
from tests.contract.inside import dftrace

WORDS = ["[PAD]", "[CLS]", "the", "cat", "sat", "."]
NET = """dftrace: 1
name: net
inputs:
  ids: {shape: [LENGTH], text: ids}
  types: {shape: [LENGTH], text: types}
  spoken: {shape: [LENGTH], text: mask}
weights: {init: zeros}
layers:
  - {type: embedding, name: words, inputs: ids, input_dim: 6, output_dim: 2}
  - {type: embedding, name: sentences, inputs: types, input_dim: 2, output_dim: 2}
  - {type: linear, name: counted, inputs: spoken}
outputs: [words, sentences, counted]
"""


class Words:
    """What the package tokenizers has of a tokenizer.json."""

    padding = None

    @classmethod
    def from_buffer(cls, data):
        if data != b"{}":
            raise ValueError("no tokenizer")
        return cls()

    def token_to_id(self, word):
        return WORDS.index(word) if word in WORDS else None

    def no_padding(self):
        pass

    no_truncation = no_padding

    def encode(self, text):
        tokens = ["[CLS]", *text.split()]
        return SimpleNamespace(ids=[*map(WORDS.index, tokens)], type_ids=[int(w == ".") for w in tokens], tokens=tokens)

    def decode(self, ids, *, skip_special_tokens):
        assert not skip_special_tokens
        return f" {WORDS[ids[0]]}"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    package = ModuleType("tokenizers")
    package.Tokenizer = Words
    monkeypatch.setitem(sys.modules, "tokenizers", package)
    (tmp_path / "tokenizer.json").write_text("{}")
    (tmp_path / "net.yaml").write_text(NET.replace("LENGTH", "6"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


RUN = ("run", "net.yaml", "--tokenizer", "tokenizer.json")


def test_what_inputs_take_of_a_text(folder):
    done = dftrace(*RUN, "--text", "the cat sat .", "-l", "*", "--save", "t.npz")
    assert done.returncode == 0, done.stderr.decode()
    assert "tokens: 0 [CLS], 1 the, 2 cat, 3 sat, 4 .\n" in done.stdout.decode()
    trace = load_trace(folder / "t.npz")
    assert trace.sources == ("'the cat sat .'",)
    assert trace.tokens == ("[CLS]", "the", "cat", "sat", ".", "")
    np.testing.assert_array_equal(trace.value("ids"), [[1, 2, 3, 4, 5, 0]])
    np.testing.assert_array_equal(trace.value("types"), [[0, 0, 0, 0, 1, 0]])
    np.testing.assert_array_equal(trace.value("counted"), [[1, 1, 1, 1, 1, 0]])


def test_an_open_length_is_that_of_the_longest_text(folder):
    (folder / "net.yaml").write_text("tokenizer: tokenizer.json\n" + NET.replace("LENGTH", "null"))
    done = dftrace(
        "run", "net.yaml", "--text", "the cat", "--text", "cat", "-l", "counted", "-f", "json", "--values", "full"
    )
    assert done.returncode == 0, done.stderr.decode()
    record = json.loads(done.stdout.decode())
    assert "tokens" not in record
    assert record["samples"] == 2
    assert (
        dftrace("explain", "net.yaml", "words[1,0]", "--back", "--text", "the cat").stdout.decode().count("[1] the")
        == 1
    )


def test_a_python_program_gives_texts_too(folder):
    network, made = load_network("net.yaml"), {"tokenizer": "tokenizer.json"}
    trace = network.trace(text="the cat", keep=["ids"], **made)
    np.testing.assert_array_equal(trace.value("ids"), [[1, 2, 3, 0, 0, 0]])
    answers = network.predict(text=["the cat", "sat"], **made)
    np.testing.assert_array_equal(answers["counted"], [[1, 1, 1, 0, 0, 0], [1, 1, 0, 0, 0, 0]])
    assert network.explain("counted", [2], text="the cat", **made).value == 1
    with pytest.raises(InputError, match="both x and a text"):
        network.trace([1], text="the", **made)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((*RUN, "--text", "the cat sat . the cat"), "--text: 7 tokens, input 'ids' takes 6"),
        (("run", "net.yaml", "--text", "the"), "--text: no tokenizer makes numbers of it"),
        ((*RUN, "--text", "the", "--value", "1"), "--text is the input: use it without -i and --value"),
        (RUN, "--tokenizer is for --text"),
        (("run", "net.yaml", "--text", "the", "--tokenizer", "net.yaml"), "net.yaml: is no tokenizer that the package"),
        (("run", "net.yaml", "--text", "the", "--tokenizer", "no.json"), "no.json: no such file"),
        (("run", "two.yaml", *RUN[2:], "--text", "the"), "--text: several inputs could take the tokens"),
        (("run", "none.yaml", *RUN[2:], "--text", "the"), "--text: no input takes the numbers of tokens"),
    ],
)
def test_what_is_no_input(folder, arguments, message):
    (folder / "two.yaml").write_text(
        NET.replace("LENGTH", "6").replace(", text: ids", "").replace(", text: types", "").replace(", text: mask", "")
    )
    (folder / "none.yaml").write_text("dftrace: 1\ninput: [3]\nlayers: [relu]\n")
    done = dftrace(*arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert message in done.stderr.decode()


def test_without_the_package(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    done = dftrace(*RUN, "--text", "the")
    assert done.returncode == 2
    assert "pip install 'dftrace[tokenizers]'" in done.stderr.decode()
