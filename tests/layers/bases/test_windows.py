"""Windows without the taps that lie in the padding at every position."""

from __future__ import annotations

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from dataflow_cli.errors import LayerError
from dataflow_cli.layers.bases.windows import Window

NUMBER = st.one_of(st.integers(1, 9), st.sampled_from([100, 2**31, 2**63 - 1]))
PADDING = st.one_of(st.sampled_from(["valid", "same", "causal"]), st.tuples(st.integers(0, 40), st.integers(0, 40)))


@given(st.builds(Window, st.integers(1, 9), NUMBER, NUMBER, PADDING), st.integers(1, 12))
def test_what_is_left_meets_the_same_places(window, length):
    """With the same taps, at as many positions, and with no number that is larger than the padded axis."""
    try:
        count = window.output_length(length)
    except LayerError:
        reject()
    trimmed, useful = window.trimmed(length), window.useful(length)
    assert trimmed.output_length(length) == count
    assert trimmed.size == len(useful)
    before = window.pads(length)[0]
    for position in range(count):
        meant = [(tap, position * window.stride - before + tap * window.dilation) for tap in range(window.size)]
        found = list(zip(useful, window.taps(position, length), strict=True))
        assert [pair for pair in found if 0 <= pair[1] < length] == [pair for pair in meant if 0 <= pair[1] < length]
    moved = (count - 1) * window.stride
    assert max(trimmed.stride, trimmed.span, *map(abs, trimmed.pads(length))) <= 2 * (length + moved) + 80


@pytest.mark.parametrize("padding", [(2**56, 0), (0, 2**63 - 1)])
def test_an_axis_that_no_memory_holds_is_refused(padding):
    with pytest.raises(LayerError, match="longer than any memory holds") as caught:
        Window(1, 2**63 - 1, padding=padding).output_length(8)
    assert caught.value.field == "padding"
