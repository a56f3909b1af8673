"""Sizes that are not known: what hangs on them is marked, the rest is counted, and sizes that come settle it."""

import copy
import pickle

import pytest

from dataflow_cli.counts.counting import summary
from dataflow_cli.errors import InputError, LayerError, NetworkError
from dataflow_cli.network.build import network_from_text
from dataflow_cli.network.unsized import settled
from dataflow_cli.unknown import Unknown, known
from tests.layers.examples import EXAMPLES
from tests.layers.per_kind import per_kind

CNN = """\
dftrace: 1
input: [null, null, 3]
layers:
  - {type: conv2d, filters: 8, kernel_size: 3, strides: 2, padding: same}
  - {type: max_pooling2d, pool_size: 2}
  - global_average_pooling2d
  - {type: dense, units: 10}
"""
U_NET = """\
dftrace: 1
input: [null, null, 1]
layers:
  - {type: conv2d, filters: 2, kernel_size: 3, name: a}
  - {type: max_pooling2d, pool_size: 16}
  - {type: up_sampling2d, size: 16}
  - {type: concatenate, inputs: [a, up_sampling2d_1]}
"""
TWO = """\
dftrace: 1
inputs: {image: [null, null, 3], words: [null]}
layers:
  - {type: conv2d, filters: 2, kernel_size: 3, inputs: image}
  - {type: embedding, input_dim: 10, output_dim: 4, inputs: words}
"""


@pytest.mark.parametrize("operation", [int.__add__, int.__rsub__, int.__mul__, int.__floordiv__, int.__mod__])
def test_what_is_reckoned_from_an_unknown_number_is_unknown(operation):
    made = getattr(Unknown(7), operation.__name__)(3)
    assert isinstance(made, Unknown)
    assert int(made) == operation(7, 3)
    assert f"{made} {made:,} {made!r}" == "? ? ?"
    assert Unknown(7) * 0.5 == 3.5
    assert [type(number) for number in (*divmod(Unknown(7), 2), -Unknown(1), sum([1, Unknown(2)]))] == [Unknown] * 4
    assert isinstance(copy.deepcopy(pickle.loads(pickle.dumps(Unknown(7)))), Unknown)


@per_kind(EXAMPLES)
def test_marked_is_what_other_lengths_change(example):
    """Of every kind: what is not marked is the same whatever the length, and what is marked is not."""
    layer, shapes = example.layer(), [tuple(shape) for shape in example.shapes]
    for axis, length in enumerate(shapes[0]):
        if length == 1:  # nothing stands for an axis that may be squeezed, or broadcast
            continue
        others = [[_with(shape, axis, other, length) for shape in shapes] for other in range(2, 3 * length + 8)]
        found = [made for each in others if (made := _made(layer, each)) is not None]
        try:
            unknown = [_with(shape, axis, Unknown(length), length) for shape in shapes]
            output, _, macs = settled(
                layer, unknown, (layer.output_shape(unknown), layer.parameters(unknown), layer.macs(unknown))
            )
        except LayerError:  # parameters hang on it, or a dimension of it; or it is the one length that fits
            one = _made(layer, [_with(shape, axis, 1, length) for shape in shapes])
            ranks = {len(made[0]) for made in [*found, one] if made is not None}
            assert len({made[1] for made in found}) > 1 or len(ranks) > 1 or len(found) == 1
            continue
        same = [len(set(numbers)) == 1 for numbers in zip(*((*made[0], made[2]) for made in found), strict=True)]
        marks = [known(number) is None for number in (*output, macs)]
        assert all(mark != alike or (mark and len(found) == 1) for mark, alike in zip(marks, same, strict=True)), (
            axis,
            marks,
            same,
        )


def _with(shape, axis, length, before):
    """A shape with another length on an axis, if it has the one before there."""
    if axis >= len(shape) or shape[axis] != before:
        return shape
    return (*shape[:axis], length, *shape[axis + 1 :])


def _made(layer, shapes):
    """Shape, parameters and work; None if such shapes are not taken."""
    try:
        shape = layer.output_shape(shapes)
        parameters = {name: each.shape for name, each in layer.parameters(shapes).items()}
        return shape, str(parameters), layer.macs(shapes)
    except LayerError:
        return None


def problem(text):
    with pytest.raises(NetworkError) as caught:
        network_from_text(text)
    (found,) = caught.value.problems
    return found


def test_what_does_not_hang_on_a_size_is_counted():
    network = network_from_text(CNN)
    shapes = [[*map(known, node.output_shape)] for node in network.nodes]
    assert shapes == [[None, None, 8], [None, None, 8], [8], [10]]
    assert [known(node.macs) for node in network.nodes] == [None, 0, 0, 80]
    assert network.parameter_count == 3 * 3 * 3 * 8 + 8 + 8 * 10 + 10
    assert known(network.macs) is None
    assert network.nodes[1].receptive_field == (5, 5)


def test_inner_tensors_that_others_read_are_marked_too():
    layers = "[{type: split, name: s, indices_or_sections: 2}, {type: average, inputs: ['s:0', 's:1']}]"
    network = network_from_text(f"dftrace: 1\ninput: [null, 6]\nlayers: {layers}\n")
    assert [(node.name, [*map(known, node.output_shape)]) for node in network.nodes if node.name != "s"] == [
        ("s:0", [None, 3]),
        ("s:1", [None, 3]),
        ("average_1", [None, 3]),
    ]


@pytest.mark.parametrize("size", [(32, 32), (224, 96), (5, 3)])
def test_sizes_that_come_give_what_a_file_with_them_gives(size):
    came = network_from_text(CNN).sized((*size, 3))
    written = network_from_text(CNN.replace("null, null", f"{size[0]}, {size[1]}"))
    assert summary(came) == summary(written)
    assert came.unsized is None


def test_a_number_stands_for_sizes_by_which_branches_meet():
    """Here only sizes of 16 n + 2 do; the network says so when others come."""
    network = network_from_text(U_NET)
    assert [*map(known, network.nodes[-1].output_shape)] == [None, None, 4]
    assert network.sized((34, 18, 1)).nodes[-1].output_shape == (32, 16, 4)
    with pytest.raises(NetworkError, match="shapes differ: 'a' \\(30, 30, 2\\)"):
        network.sized((32, 32, 1))


def test_where_a_size_is_needed_it_is_one_located_error():
    found = problem(CNN.replace("global_average_pooling2d", "flatten") + "  - {type: dense, units: 2}\n")
    assert (found.code, found.place.line, found.place.column) == ("E133", 7, 12)
    assert "its kernel would have ?·10 numbers" in found.message
    assert "write the sizes that are null under `input`, or give them with --shape" in found.hint


def test_how_many_axes_there_are_may_not_hang_on_a_size():
    """An axis of unknown length may be of length 1, and then squeeze leaves it out."""
    net = "dftrace: 1\ninput: [1, null, 3]\nlayers:\n  - {{type: squeeze{}}}\n"
    found = problem(net.format(""))
    assert "how many axes squeeze leaves hangs on a size" in found.message
    assert "name the axes to leave out" in found.hint
    assert network_from_text(net.format(", axis: 1")).nodes[0].output_shape[1:] == (3,)


@pytest.mark.parametrize("written", ["null", "~", "'~'", '"null"'])
def test_nothing_is_an_open_size_however_it_is_written(written):
    network = network_from_text(f"dftrace: 1\ninput: [{written}, 3]\nlayers: [masking]\n")
    assert isinstance(network.inputs[0].shape[0], Unknown)


def test_shapes_of_another_kind_are_refused():
    network = network_from_text(CNN)
    for shape, error in [((8, 8, 4), InputError), ((8, 8), InputError), ((1, 1, 3), NetworkError)]:
        with pytest.raises(error):
            network.sized(shape)
    with pytest.raises(InputError, match="no input 'picture'"):
        network.sized(picture=(8, 8, 3))
    with pytest.raises(InputError, match="is not one of input"):
        network.sized((8, 8, 3)).sized((9, 9, 3))


def test_one_input_of_several():
    network = network_from_text(TWO).sized(words=(7,))
    assert [[*map(known, node.output_shape)] for node in network.nodes] == [[None, None, 2], [7, 4]]
    assert network.sized((8, 9, 3)).nodes[0].output_shape == (6, 7, 2)


def test_it_is_written_as_it_was_read():
    text = network_from_text(CNN).text()
    assert "input: [null, null, 3]" in text
    assert network_from_text(text).text() == text
    assert "[30, 31, 3]" in network_from_text(CNN).sized((30, 31, 3)).text()
