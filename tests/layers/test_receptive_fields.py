"""Receptive fields against brute force: of every kind by itself, and of stacks of layers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from dataflow_cli.errors import LayerError
from dataflow_cli.layers import KINDS
from dataflow_cli.layers.bases.rearranging import Rearranging
from dataflow_cli.layers.receptive_fields.links import Link
from dataflow_cli.layers.receptive_fields.receptive_field import AxisField, ReceptiveField
from dataflow_cli.layers.shape.pad import Pad
from dataflow_cli.trace.picture_facts import Positions
from tests.layers.examples import EXACT, EXAMPLES, MASKED, Example, arrays, make, whole_numbers
from tests.layers.per_kind import per_kind
from tests.layers.test_explain_contract import both_formats, random_case

# One layer


def changing(example: Example, axis: int, along: int | None) -> list[set[int]]:
    """For every place `along` an axis of the output (None: for all of it) the places on an axis of the input that
    change it.
    """
    inputs, parameters = arrays(example, 1)
    layer = example.layer()
    before = layer(inputs, parameters)
    result: list[set[int]] = [set() for _ in range(1 if along is None else before.shape[along + 1])]
    rng, whole = np.random.default_rng(1), whole_numbers(example)
    for which, x in enumerate(inputs):
        for place in range(x.shape[axis + 1]):
            for strength in (0.5, 1e3, -1e3):
                changed = np.moveaxis(x.copy(), axis + 1, 0)
                if which in whole:
                    changed[place] = (changed[place] + 1) % whole[which]
                elif x.dtype.kind in "iu":
                    ends = np.iinfo(x.dtype)
                    changed[place] = {0.5: changed[place] + 1, 1e3: ends.max, -1e3: ends.min}[strength]
                else:
                    changed[place] += strength * rng.uniform(0.5, 1, changed[place].shape)
                others = [*inputs[:which], np.moveaxis(changed, 0, axis + 1), *inputs[which + 1 :]]
                differs = layer(others, parameters) != before
                differs = differs[None] if along is None else np.moveaxis(differs, along + 1, 0)
                for position in np.flatnonzero(differs.reshape(len(differs), -1).any(axis=1)):
                    result[position].add(place)
    return result


def fields_of(example: Example) -> list[ReceptiveField]:
    """Inputs, of which each element sees itself."""
    return [ReceptiveField.of_input(len(shape) - 1) for shape in example.shapes]


@per_kind(EXAMPLES)
def test_the_receptive_field_is_what_changes_the_output(example):
    """Where it lies inside of the input, from the first to the last place of it; never what lies outside."""
    layer = example.layer()
    spatial = len(example.shapes[0]) - 1
    seen = layer.receptive_field(fields_of(example), example.shapes)
    if seen.axes is None:
        return
    assert len(seen.axes) == spatial + (example.kind == "embedding")
    for number, axis in enumerate(seen.axes):
        length = example.shapes[0][number]
        followed = seen.follows[number]
        along = None if followed is None else followed + seen.channels_first
        first, last = 0, length
        if hasattr(layer, "resampling"):  # a part of the input has borders of its own
            part = layer.resampling(example.shapes[0][:spatial])[number]
            first, last = max(part.offset, 0), min(part.offset + part.length, length)
        for position, places in enumerate(changing(example, number, along)):
            stretch = axis.at(position)
            assert places <= set(stretch), (number, position)
            if stretch and stretch.start >= first and stretch.stop <= last:
                assert {stretch[0], stretch[-1]} <= places, (number, position)


def test_the_receptive_field_is_whole_where_everything_is_seen():
    whole = {
        example.kind
        for example in EXAMPLES
        if len(example.shapes[0]) == 3
        and example.layer().receptive_field(fields_of(example), example.shapes).axes is None
    }
    assert whole == {
        "argmax",
        "conv_lstm1d",  # with states that are inputs of their own
        "conv_integer2d",  # with a zero point that may have been made of all there is
        "flatten",
        "gather",  # by a second input
        "take_along_axis",
        "gather_nd",
        "put_along_axis",
        "scatter_nd",
        "divide",
        "mod",
        "einsum_dense",  # over an axis of the example
        "group_normalization",
        "rms_normalization",
        "reduce_mean",
        "squeeze",  # the one axis that is left is that of a vector
        "global_average_pooling2d",
        "global_max_pooling2d",
        "layer_normalization",
        "cumulative_sum",
        "einsum",
        "matmul",
        "matmul_integer",
        "qlinear_matmul",
        "multi_head_attention",  # along one axis of several: told as all
        "multiply",
        "scaled_dot_product_attention",
        "time_distributed",  # of flatten, which sees all of a step
    }


@pytest.mark.parametrize("first", [False, True], ids=["last", "first"])
@per_kind([*EXAMPLES, *MASKED])
def test_what_feeds_an_element_is_what_its_explanation_says(example, first):
    """No parameter is zero, so every element of an input that may take part does: of one element, and of two."""
    if first and not both_formats(example):
        return
    case = random_case(example, "float64", first=first)
    shapes = [x.shape[1:] for x in case.inputs]
    wanted = np.zeros(case.layer.output_shape(shapes), bool)
    both = [np.zeros(shape, bool) for shape in shapes]
    for at in (tuple(n // 2 for n in wanted.shape), tuple(n - 1 for n in wanted.shape)):
        one = np.zeros_like(wanted)
        one[at] = wanted[at] = True
        roles = case.explained(at).roles
        for number, fed in enumerate(case.layer.feeds(one, shapes)):
            assert fed.shape == both[number].shape
            takes_part = roles[number] > 0
            by_value = case.whole or example.kind in EXACT or example in MASKED  # what takes part hangs on numbers
            assert (fed >= takes_part if by_value else fed == takes_part).all(), at
            both[number] |= fed
    for some, fed in zip(both, case.layer.feeds(wanted, shapes), strict=True):
        assert (fed == some).all()


@pytest.mark.parametrize("sequences", ["true", "false"])
def test_both_ways_along_signals_stand_behind_one_another_where_channels_come_first(sequences):
    """Keras joins along the last axis, which is one of space then."""
    inner = {"type": "conv_lstm1d", "filters": "2", "kernel_size": "2", "data_format": "channels_first"}
    example = Example("bidirectional", {"layer": inner | {"return_sequences": sequences}}, [(2, 1, 7)])
    layer, start = example.layer(), ReceptiveField.of_input(2, channels_first=True)
    seen, last = layer.receptive_field([start], example.shapes), len(layer.output_shape(example.shapes)) - 1
    for position, places in enumerate(changing(example, 2, last)):
        assert places == set(seen.axes[1].at(position)) & set(range(7)), position


def test_the_activation_of_a_layer_may_see_further():
    """A softmax along the width sees the whole width, whoever applies it."""
    shape, start = (2, 5, 4), ReceptiveField.of_input(2)

    def seen(kind, fields, *, inputs=1):
        return make(kind, fields).receptive_field([start] * inputs, [shape] * inputs).sizes_within(())

    conv = {"filters": 2, "kernel_size": 1, "activation": "softmax"}
    assert seen("conv2d", conv) == (1, 1)
    assert seen("conv2d", conv | {"data_format": "channels_first"}) is None
    assert seen("activation", {"activation": "softmax", "data_format": "channels_first"}) is None
    assert seen("add", {"activation": "softmax"}, inputs=2) == (1, 1)
    assert seen("softmax", {"axis": 1, "data_format": "channels_first"}) == (1, 1)


# Stacks of layers

SMALL = st.integers(1, 3)
GROWING = st.sampled_from(["nearest", "bilinear"])
RESIZING = st.sampled_from(["nearest", "bilinear", "bicubic", "lanczos3"])
PADDING = st.sampled_from(["valid", "same"])


def sliding(kind: str, size: str):
    """A layer that slides a window over the first axis."""
    return st.builds(
        lambda taps, stride, dilation, padding: (
            kind,
            {size: [taps, 1], "strides": [stride, 1], "padding": padding}
            | ({"dilation_rate": [dilation, 1]} if "dilation_rate" in KINDS[kind].options() else {})
            | ({"filters": 1} if "filters" in KINDS[kind].options() else {}),
        ),
        SMALL,
        SMALL,
        SMALL,
        PADDING,
    )


TAKEN = st.builds(
    lambda start, end, step: ("slice", {"starts": [start], "ends": [end], "steps": [step]}),
    *(st.sampled_from([None, 1, 5]), st.sampled_from([None, -1, -4]), st.sampled_from([1, 2, 3])),
)
BACKWARDS = st.builds(lambda step: ("slice", {"starts": [None], "steps": [step]}), st.sampled_from([-1, -2]))
GATHERED = st.builds(
    lambda indices: ("gather", {"indices": indices, "axis": 1}), st.lists(st.integers(0, 9), min_size=1)
)
TILED = st.builds(lambda times: ("tile", {"repeats": [times, 1, 1]}), st.integers(1, 3))
BORDERED = st.builds(
    lambda before, after, mode: ("pad", {"padding": [[before, after], [0, 0]], "mode": mode}),
    *(SMALL, SMALL, st.sampled_from(["constant", "reflect", "symmetric", "edge", "wrap"])),
)
PARTED = st.builds(lambda count: ("adaptive_average_pooling2d", {"output_size": [count, 1]}), st.integers(1, 60))
RESIZED = st.builds(
    lambda height, how, where: (
        "resizing",
        {"height": height, "width": 1, "interpolation": how, "coordinate_transformation_mode": where},
    ),
    *(st.integers(1, 60), RESIZING, st.sampled_from(["half_pixel", "asymmetric", "align_corners"])),
)
LAYERS = st.one_of(
    sliding("conv2d", "kernel_size"),
    sliding("depthwise_conv2d", "kernel_size"),
    sliding("separable_conv2d", "kernel_size"),
    sliding("average_pooling2d", "pool_size"),
    sliding("lp_pooling2d", "pool_size"),
    sliding("conv2d_transpose", "kernel_size"),
    st.builds(lambda factor, how: ("up_sampling2d", {"size": [factor, 1], "interpolation": how}), SMALL, GROWING),
    st.builds(
        lambda kind, before, after: (f"{kind}2d", {kind.removeprefix("zero_"): [[before, after], [0, 0]]}),
        st.sampled_from(["zero_padding", "cropping"]),
        SMALL,
        SMALL,
    ),
    *(TAKEN, BACKWARDS, GATHERED, TILED, BORDERED, PARTED, RESIZED),
)


def run(stack, x):
    """The output of layers with all parameters 1."""
    for layer in stack:
        parameters = layer.parameters([x.shape[1:]])
        x = layer([x], {name: np.ones(parameter.shape) for name, parameter in parameters.items()})
    return x


def changes(stack, length):
    """Which places of an input change which positions of the output: (length, positions)."""
    inputs = np.eye(length)[:, :, None, None]
    return (run(stack, inputs) - run(stack, np.zeros_like(inputs)))[:, :, 0, 0] != 0


def inner(stack, length, position):
    """Whether nothing that a position of the output sees, layer by layer, lies outside of its tensor."""
    shapes = [(length, 1, 1)]
    for layer in stack:
        shapes.append(layer.output_shape([shapes[-1]]))
    wide, places = 10 * length, {position}
    for layer, shape in zip(reversed(stack), reversed(shapes[:-1]), strict=True):
        if isinstance(layer, Pad):
            made = layer.sources(shape).reshape(-1)
            if not all(0 <= place < len(made) and (layer.mode != "constant" or made[place] >= 0) for place in places):
                return False
            places = {int(made[place]) for place in places}
        elif isinstance(layer, Rearranging) and not hasattr(layer, "links"):
            sources = layer.sources(shape).reshape(-1)
            places = {int(sources[place]) for place in places}
        elif layer.links(shape[:2]) is None:
            own = layer.receptive_field([ReceptiveField.of_input(2)], [shape]).axes[0]
            places = {q for p in places for q in own.at(p)}
        else:
            link = layer.links(shape[:2])[0]
            shifted = replace(link, shift=link.shift + wide * link.growth)
            places = {q - wide for p in places for q in shifted.meets(p, 3 * wide)[0]}
        if any(not 0 <= place < shape[0] for place in places):
            return False
    return True


@settings(max_examples=100, deadline=None)
@given(st.lists(LAYERS, min_size=1, max_size=4))
def test_a_stack_of_layers_sees_exactly_its_receptive_field(kinds):
    """Every position away from the borders, from the first place that changes it to the last; the longest is its size.

    What a border of zeros cuts off is never more than that; what is mirrored, drawn out or wrapped there is told.
    """
    stack = [make(kind, fields) for kind, fields in kinds]
    try:
        seen, shape = ReceptiveField.of_input(2), (length := 50, 1, 1)
        for layer in stack:
            seen, shape = layer.receptive_field([seen], [shape]), layer.output_shape([shape])
    except LayerError:
        reject()
    (axis, _), count = seen.axes, shape[0]
    if count > 150 or axis is None:  # sizes in turn without a common divisor: it is not known then
        reject()
    seen = [np.flatnonzero(column) for column in changes(stack, length).T]
    inside = [position for position in range(count) if inner(stack, length, position)]
    for position, places in enumerate(seen):
        stretch = axis.at(position)
        assert not len(places) or (stretch.start <= places[0] and places[-1] < stretch.stop)
        if position in inside:
            assert (list(places[[0, -1]]) if len(places) else []) == ([stretch[0], stretch[-1]] if stretch else [])
    assert axis.size(count) == max(len(axis.at(position)) for position in range(count))
    positions = Positions(*axis.middles(count))
    assert [positions.at(position) for position in range(count)] == [axis.middle(one) for one in range(count)]
    if axis.rise and not axis.told and len({position % axis.period for position in inside}) == axis.period:
        assert axis.size() == max(len(axis.at(position)) for position in inside)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(4, 9),
    st.lists(
        st.tuples(st.sampled_from(["reflect", "symmetric", "edge", "wrap"]), SMALL, SMALL, st.booleans()), max_size=4
    ),
)
def test_branches_beside_each_other_are_seen_exactly_up_to_borders_that_repeat(length, steps):
    """Of every position, those at the borders too: a border and a window behind it beside nothing, then added."""
    seen, x = ReceptiveField.of_input(1), np.concatenate([np.zeros((1, length)), np.eye(length)])[..., None]
    for mode, before, after, beside in steps:
        pad = make("pad", {"padding": [[before, after]], "mode": mode})
        window = make("average_pooling1d", {"pool_size": before + after + 1, "strides": 1})
        padded = pad([x], {})
        wide = pad.receptive_field([seen], [x.shape[1:]])
        found = window.receptive_field([wide], [padded.shape[1:]])
        seen, x = (found.merged([seen]) if beside else found), window([padded], {}) + (x if beside else 0)
    (axis,) = seen.axes
    for position, changed in enumerate((x[1:, :, 0] != x[0, :, 0]).T):
        places = np.flatnonzero(changed)
        assert axis.at(position) == range(places[0], places[-1] + 1)
    assert axis.size(length) == max(len(axis.at(position)) for position in range(length))


def rearranging(draw, shape, first):
    """A layer that takes such a shape, without padding, and how many inputs it takes; channels stand last or first."""
    rank = len(shape) - 1
    form = {"data_format": "channels_first" if first else "channels_last"}
    axis = draw(st.integers(1, rank)) + first
    each = draw(st.lists(st.integers(1, 2), min_size=rank, max_size=rank))
    steps = draw(st.lists(st.sampled_from([1, -1]), max_size=rank + 1))
    places = draw(st.lists(st.integers(0, shape[axis - 1] - 1), min_size=1, max_size=4))
    kinds = {
        f"average_pooling{rank}d": {"pool_size": each, "strides": each[::-1]} | form,
        f"up_sampling{rank}d": {"size": each if rank > 1 else each[0]} | form,
        "permute": {"dims": draw(st.permutations(range(1, rank + 2)))},
        "tile": {"repeats": [1, *each] if first else [*each, 1]} | form,
        "gather": {"indices": places, "axis": axis} | form,
        "slice": {"starts": [], "steps": steps} | form,
        "expand_dims": {"axis": draw(st.integers(1, rank + 2))},
        "squeeze": {},
        "stack": {"axis": draw(st.integers(1, rank + 2))},
        "concatenate": {"axis": axis} | form,
    }
    if not first and rank > 1:
        of_a_step = {
            "expand_dims": {"axis": draw(st.integers(1, rank + 1))},
            f"average_pooling{rank - 1}d": {"pool_size": each[1:]},
            "permute": {"dims": draw(st.permutations(range(1, rank + 1)))},
        }
        inner = draw(st.sampled_from([kind for kind in of_a_step if kind in KINDS]))
        kinds["time_distributed"] = {"layer": {"type": inner, **of_a_step[inner]}}
    kind = draw(st.sampled_from([kind for kind in kinds if kind in KINDS]))
    return make(kind, kinds[kind]), KINDS[kind].arity[0]


@settings(max_examples=60, deadline=None)
@given(st.data(), st.booleans())
def test_axes_that_are_turned_repeated_and_joined_are_followed(data, first):
    """Without any padding, so that every position sees exactly its stretch, on every axis of the input."""
    shape = data.draw(st.tuples(*[st.integers(1, 5)] * 2))
    shape = (1, *shape) if first else (*shape, 1)
    seen = ReceptiveField.of_input(2, channels_first=first)
    spatial = [n for axis, n in enumerate(shape) if axis != (0 if first else 2)]
    perturbed = [np.zeros((1, *shape))]
    for axis, length in enumerate(spatial):
        for place in range(length):
            one = np.zeros((1, *shape))
            one[(slice(None),) * (axis + 1 + first) + (place,)] = 1
            perturbed.append(one)
    tensor = np.concatenate(perturbed)
    for _ in range(data.draw(st.integers(1, 4))):
        layer, count = rearranging(data.draw, tensor.shape[1:], seen.channels_first)
        try:
            shapes = [tensor.shape[1:]] * count
            layer.output_shape(shapes)
        except LayerError:
            continue
        seen, tensor = layer.sees([seen] * count, shapes), layer([tensor] * count, {})
        if tensor[0].size > 2000 or tensor.ndim not in range(3, 7) or seen.axes is None:
            break
    if seen.axes is None:
        return
    start = 1
    for axis, length, followed in zip(seen.axes, spatial, seen.follows, strict=True):
        changed = tensor[start : start + length] != 0
        start += length
        by = changed[:, None] if followed is None else np.moveaxis(changed, followed + 1 + seen.channels_first, 1)
        for position in range(by.shape[1]):
            places = np.flatnonzero(by[:, position].reshape(length, -1).any(axis=1))
            assert [*places[[0, -1]]] == [axis.at(position)[0], axis.at(position)[-1]]


def transposed(size):
    return "conv2d_transpose", {"filters": 1, "kernel_size": size, "strides": 2}


@pytest.mark.parametrize(
    ("kinds", "sizes"),
    [
        ([("max_pooling2d", {}), ("up_sampling2d", {})], (2, 2)),
        ([("max_pooling2d", {}), ("up_sampling2d", {"interpolation": "bilinear"})], (4, 4)),
        ([("conv2d", {"filters": 1, "kernel_size": 3}), ("conv2d", {"filters": 1, "kernel_size": 3})], (5, 5)),
        *[([("max_pooling2d", {}), transposed(size)], (seen, seen)) for size, seen in ((1, 2), (2, 2), (4, 4), (5, 6))],
        ([("up_sampling2d", {"size": 10**8}), ("conv2d", {"filters": 1, "kernel_size": 3, "padding": "same"})], (2, 2)),
        ([("conv2d_transpose", {"filters": 1, "kernel_size": 3, "strides": 10**9})] * 2, (1, 1)),
        ([("conv2d", {"filters": 1, "kernel_size": 2, "dilation_rate": 2**63 - 1, "padding": "same"})], (2**63,) * 2),
        ([("max_pooling2d", {"pool_size": 2**31, "padding": "same"})] * 3, (2**93,) * 2),
    ],
)
def test_receptive_fields_by_hand(kinds, sizes):
    seen, shape = ReceptiveField.of_input(2), (8, 8, 1)
    for kind, fields in kinds:
        layer = make(kind, fields)
        seen, shape = layer.receptive_field([seen], [shape]), layer.output_shape([shape])
    assert seen.sizes_within(()) == sizes


@pytest.mark.parametrize(
    ("kinds", "strides", "offsets"),
    [
        ([("conv2d", {"filters": 1, "kernel_size": 7, "strides": 2, "padding": 3})], (2, 2), (-3, -3)),
        ([("max_pooling2d", {}), ("max_pooling2d", {}), ("up_sampling2d", {})], (2, 2), (0, 0)),
        ([("max_pooling2d", {}), ("up_sampling2d", {"size": [2, 3]})], (1, 2 / 3), (0, 0)),
        ([("max_pooling2d", {"pool_size": [1, 2]}), ("permute", {"dims": [2, 1, 3]})], (1, 2), (0, 0)),
        ([("cropping2d", {"cropping": [[2, 0], [3, 1]]})], (1, 1), (2, 3)),
        ([("slice", {"starts": [None], "steps": [-1]})], (None, 1), (7, 0)),
        ([("global_max_pooling2d", {})], None, None),
    ],
)
def test_total_strides_and_offsets_by_hand(kinds, strides, offsets):
    seen, shape = ReceptiveField.of_input(2), (8, 8, 1)
    for kind, fields in kinds:
        layer = make(kind, fields)
        seen, shape = layer.receptive_field([seen], [shape]), layer.output_shape([shape])
    assert (seen.total_strides, seen.offsets) == (strides, offsets)


def test_a_layer_that_has_its_channels_elsewhere_mixes_an_axis_of_space():
    seen, layer = ReceptiveField.of_input(2), make("conv2d", {"filters": 1, "kernel_size": 1})
    assert layer.sees([seen], [(4, 4, 3)]).sizes_within(()) == (1, 1)
    assert layer.sees([seen.rearranged((2, 0, 1), 3)], [(3, 4, 4)]).axes is None


def test_what_is_too_irregular_is_not_known():
    """Growths by a large number, and strides without a divisor in common with it, in turn."""
    seen, shape = ReceptiveField.of_input(2), (1000, 1000, 1)
    for _ in range(2):
        for layer in (make("up_sampling2d", {"size": [2003, 1]}), make("max_pooling2d", {"pool_size": [1999, 1]})):
            seen, shape = layer.receptive_field([seen], [shape]), layer.output_shape([shape])
    assert seen.sizes_within(()) == (None, 1)
    assert seen.merged([ReceptiveField.of_input(2)]).sizes_within(()) == (None, 1)
    assert seen.through([Link(), Link(taps=3)]).sizes_within(()) == (None, 3)


def test_merged_fields_hold_each_other():
    narrow, wide = AxisField(), AxisField().through(Link(shift=-1, taps=3))
    assert ReceptiveField((narrow,)).merged([ReceptiveField((wide,))]) == ReceptiveField((wide,))
    assert ReceptiveField((narrow,)).merged([]) == ReceptiveField((narrow,))
    strided = AxisField().through(Link(stride=2))
    assert ReceptiveField((narrow,)).merged([ReceptiveField((strided,))]).axes is None
    assert ReceptiveField((narrow,)).merged([ReceptiveField(None)]).axes is None
    assert ReceptiveField((narrow,)).merged([ReceptiveField((narrow, narrow))]).axes is None
    grown = strided.through(Link(shift=-1, taps=2, growth=2))
    assert ReceptiveField((narrow,)).merged([ReceptiveField((grown,))]).sizes_within(()) == (2,)


def test_the_whole_stays_whole():
    whole = ReceptiveField.of_input(2).whole()
    assert whole.sizes_within(()) is None
    assert whole.through([Link(taps=3)] * 2) == whole
    for kind, fields in [("conv2d_transpose", {"filters": 1, "kernel_size": 3}), ("up_sampling2d", {})]:
        assert make(kind, fields).receptive_field([whole], [(3, 3, 1)]).axes is None
    assert make("embedding", {"input_dim": 3, "output_dim": 2}).receptive_field([whole], [(5,)]).axes is None
    assert make("embedding", {"input_dim": 3, "output_dim": 2}).receptive_field(
        [ReceptiveField.of_input(0)], [(5,)]
    ).sizes_within(()) == (1,)


def test_steps_of_single_numbers_are_the_channels_of_a_vector():
    layer = make("time_distributed", {"layer": "linear"})
    assert layer.receptive_field([ReceptiveField.of_input(0)], [(5,)]).axes is None


@pytest.mark.parametrize("kind", ["softmax", "log_softmax", "layer_normalization"])
def test_a_function_of_a_vector_sees_all_of_it(kind):
    assert make(kind, {}).receptive_field([ReceptiveField.of_input(0)], [(5,)]).axes is None
    assert make(kind, {}).receptive_field([ReceptiveField.of_input(1)], [(5, 3)]).sizes_within(()) == (1,)


def test_dense_over_channels_is_a_1_x_1_convolution():
    """Keras' dense works along the last axis: the channels, unless they stand first; a vector it sees whole."""
    dense, conv = make("dense", {"units": 3}), make("conv2d", {"filters": 1, "kernel_size": 3})
    seen = conv.receptive_field([ReceptiveField.of_input(2)], [(8, 8, 1)])
    assert dense.receptive_field([seen], [(6, 6, 1)]).sizes_within(()) == (3, 3)
    assert dense.receptive_field([ReceptiveField.of_input(2, channels_first=True)], [(1, 6, 6)]).axes is None
    assert dense.receptive_field([ReceptiveField.of_input(0)], [(5,)]).axes is None
