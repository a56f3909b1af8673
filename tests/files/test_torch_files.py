"""PyTorch's state dicts: read without PyTorch, and without calling a thing that the file names."""

from __future__ import annotations

import os
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from dataflow_cli.files.problem import FileProblem
from dataflow_cli.weights.formats import open_arrays
from fuzz.making.tensorfiles import (
    STORAGES,
    name,
    number,
    numbers,
    pickled,
    storage,
    table,
    tensor,
    text,
    torch_stream,
    torch_zip,
)

SIX = np.arange(6, dtype="<f4")
SHAPES = npst.array_shapes(min_dims=0, min_side=0)
ONE = tensor("0", SIX)
SETTINGS = name("argparse", "Namespace") + b")\x81}" + text("lr") + number(1) + b"sb"
WRITERS = {"zip": torch_zip, "stream": torch_stream}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("torch") / "m.pt"


def read(path, content):
    path.write_bytes(content)
    with open_arrays(path) as file:
        assert file.origin == "torch"
        return {name: file.read(name) for name in file.names}


def problem(path, content):
    with pytest.raises(FileProblem) as caught:
        read(path, content)
    return caught.value


@pytest.mark.parametrize("writer", WRITERS)
@given(
    arrays=st.lists(
        st.sampled_from(list(STORAGES)).flatmap(
            lambda kind: npst.arrays(kind, npst.array_shapes(min_dims=0, min_side=0))
        ),
        min_size=1,
        max_size=3,
    )
)
def test_what_was_written_is_read(path, writer, arrays):
    words = table({f"layer.{at}": tensor(str(at), array) for at, array in enumerate(arrays)})
    found = read(path, WRITERS[writer](words, {str(at): array for at, array in enumerate(arrays)}))
    for at, array in enumerate(arrays):
        assert (found[f"layer.{at}"].shape, found[f"layer.{at}"].dtype) == (array.shape, array.dtype)
        np.testing.assert_array_equal(found[f"layer.{at}"], array)


@pytest.mark.parametrize("writer", WRITERS)
def test_a_tensor_is_a_view_of_a_storage_that_others_may_share(path, writer):
    whole = np.arange(12, dtype="<f4")
    words = table(
        {
            "transposed": tensor("0", whole, shape=[4, 3], strides=[1, 4]),
            "last": tensor("0", whole, offset=8, shape=[2, 2], strides=[2, 1]),
            "every_third": tensor("0", whole, offset=2, shape=[4], strides=[3]),
        }
    )
    found = read(path, WRITERS[writer](words, {"0": whole}))
    assert found["transposed"].tolist() == whole.reshape(3, 4).T.tolist()
    assert found["last"].tolist() == [[8, 9], [10, 11]]
    assert found["every_third"].tolist() == [2, 5, 8, 11]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (table({"module.a": ONE, "module.b": ONE}), {"a", "b"}),
        (table({"_orig_mod.module.a": ONE}), {"a"}),
        (table({"module.a": ONE, "b": ONE}), {"module.a", "b"}),
        (table({"epoch": number(3), "state_dict": table({"a": ONE})}), {"a"}),
        (table({"optimizer": table({"m": ONE}), "model": table({"a": ONE})}), {"a"}),
        (
            table({"encoder": table({"a": ONE}), "head": table({"a": ONE})}),
            {"encoder.a", "head.a"},
        ),
        (b"(" + ONE + ONE + b"t", {"0", "1"}),
        (
            table(
                {
                    "args": name("argparse", "Namespace") + b")\x81}" + text("lr") + number(1) + b"sb",
                    "a": ONE,
                }
            ),
            {"a"},
        ),
    ],
)
def test_the_parameters_are_found_in_what_training_scripts_save(path, words, names):
    assert read(path, torch_zip(words, {"0": SIX})).keys() == names


class Harmful:
    def __reduce__(self):
        return os.system, ("false",)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            pickle.dumps({"a": Harmful()}, 2)[2:-1],
            "holds Python objects (posix.system), not only tensors: they",
        ),
        (name("torch.nn.modules.linear", "Linear") + b")\x81", "holds Python objects (torch.nn.modules.linear.Linear)"),
        (name("torch", "load") + b")R", "holds torch.load, which is not read"),
        (name("torch\x1b", "load") + b")R", "holds torch\\x1b.load, which is not read"),
        (b"i" + b"os\nsystem\n", "its pickle has the instruction INST"),
        (table({"a": number(1)}), "holds no tensors"),
        (b"}" + b"q\0" + text("me") + b"h\0s", "holds no tensors"),
        (b"h\x05", "a pickle that cannot be followed"),
        (b"tR", "a pickle that cannot be followed"),
        (text("a") + b")R", "a pickle that cannot be followed"),
        (table({"\x1b[2J": ONE}), "holds a tensor with the name '\\x1b[2J'"),
        (table({"a": tensor("1", SIX)}), "tensor 'a': its numbers are missing from the file"),
        (table({"a": tensor("0", SIX, shape=[7])}), "tensor 'a': takes numbers up to 7 of a storage of 6"),
        (table({"a": tensor("0", SIX, offset=1)}), "tensor 'a': takes numbers up to 7 of a storage of 6"),
        (table({"a": tensor("0", SIX, offset=-1)}), "tensor 'a': an offset or strides that no tensor has"),
        (table({"a": tensor("0", SIX, strides=[])}), "tensor 'a': an offset or strides that no tensor has"),
        (table({"a": tensor("0", SIX, strides=[-1])}), "tensor 'a': its shape is no list of non-negative integers"),
        (
            table({"a": tensor("0", SIX, shape=[2**40, 2**40], strides=[0, 0])}),
            "tensor 'a': its shape is one that no",
        ),
        (
            table({"a": tensor("0", SIX, shape=[10**9], strides=[0])}),
            "tensor 'a': 1,000,000,000 elements of",
        ),
        (b"(" + storage("0", "<f4", 6) + numbers([]) + b"t", "holds no tensors"),
    ],
)
def test_what_is_no_table_of_tensors_is_refused(path, words, said):
    found = problem(path, torch_zip(words, {"0": SIX}))
    assert found.message.startswith(said)
    assert found.hint


def test_other_programs_of_pytorch_are_called_what_they_are(path):
    for member in ("code/net.py", "models/model.json", "archive_format"):
        found = problem(path, torch_zip(table({"a": ONE}), {"0": SIX}, **{member: "x"}))
        assert found.message == "holds a program (TorchScript or torch.export), not only tensors"


def test_what_holds_itself_many_times_over_is_gone_through_once(path):
    nested = ONE + b"q\0"
    for _ in range(40):  # each list holds the one before twice: 2^40 tensors
        nested = b"(" + nested + b"h\0" + b"t" + b"q\0"
    assert len(read(path, torch_zip(nested, {"0": SIX}))) <= 41


@pytest.mark.parametrize("writer", WRITERS)
@given(data=st.data())
def test_a_damaged_file_gives_numbers_or_one_error(path, writer, data):
    whole = WRITERS[writer](table({"a": ONE, "b": tensor("0", SIX, shape=[2, 3], strides=[1, 2])}), {"0": SIX})
    content = bytearray(whole[: data.draw(st.integers(1, len(whole)))])
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        with open_arrays(path) as file:
            for one in file.names:
                file.read(one)
    except FileProblem:
        return


def test_words_that_pickle_writes_are_understood(path):
    """Other protocols than the second, which torch.save takes unless it is told otherwise."""
    plain = {"state_dict": {}, "list": [1, 2.5, None, True, "a" * 300, b"x", (1, 2, 3, 4), 2**70]}
    for protocol in (2, 3, 4, 5):
        words = pickle.dumps(plain, protocol)[2:-1]
        path.write_bytes(torch_zip(words, {}))
        assert problem(path, torch_zip(words, {})).message == "holds no tensors"
    assert pickled(b"}") == b"\x80\x02}."
