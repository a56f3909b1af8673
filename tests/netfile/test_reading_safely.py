"""Files made to harm: each is answered with an error, soon, whatever it holds."""

from __future__ import annotations

import sys
import time
import tracemalloc
from itertools import pairwise

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dataflow_cli import spelling
from dataflow_cli.errors import DftraceError, InputError, NetworkError
from dataflow_cli.netfile import builder, reader
from dataflow_cli.netfile.limits import MAX_BYTES, MAX_DEPTH, MAX_LAYERS, MOST_COMPARED, MOST_PROBLEMS
from dataflow_cli.network.build import load_network, network_from_text

HEAD = "dftrace: 1\ninput: [4]\n"
LOADERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if yaml.__with_libyaml__ else [])]
"""The parser in Python, and the one in C where there is one."""
SECONDS = 20
"""Each of these takes far less; without a guard it takes minutes, or all memory."""


def problems(text):
    started = time.perf_counter()
    with pytest.raises(NetworkError) as caught:
        network_from_text(text, "net.yaml")
    assert time.perf_counter() - started < SECONDS
    return caught.value.problems


def problem(text):
    return problems(text)[0]


def chain(length, body):
    """Blocks of which each uses the next; the last one holds `body`."""
    names = [f"b{number}" for number in range(length)]
    uses = [f"  {one}: {{layers: [{{type: block, use: {two}}}]}}\n" for one, two in pairwise(names)]
    return f"{HEAD}blocks:\n{''.join(uses)}  {names[-1]}: {{layers: {body}}}\nlayers: [{{type: block, use: b0}}]\n"


def doubling(length, body):
    """Blocks of which each uses the next one twice."""
    names = [f"b{number}" for number in range(length)]
    use = "{{type: block, use: {0}}}, {{type: block, use: {0}}}"
    uses = [f"  {one}: {{layers: [{use.format(two)}]}}\n" for one, two in pairwise(names)]
    return f"{HEAD}blocks:\n{''.join(uses)}  {names[-1]}: {{layers: {body}}}\nlayers: [{{type: block, use: b0}}]\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"dftrace: \xff", "E101"),
        ("dftrace: 1\nname: a\x01b\n", "E101"),
        ("dftrace: 1\nname: a\x00b\n", "E101"),
        ('name: "\\ud800"', "E101"),
        ("\ud800", "E101"),
        ("x: " + "[" * 25_000, "E102"),
        ("x: " + "{a: " * 25_000, "E102"),
        ("- " * 25_000, "E102"),
        ("? " * 25_000, "E102"),
        ("a: &a " + "[" * 40 + "]" * 40 + "\nb: " + "[" * 30 + "*a" + "]" * 30, "E102"),
        ("# " + "x" * MAX_BYTES, "E102"),
        ("a: &a [" + "x, " * 1000 + "]\nb: &b [" + "*a, " * 900 + "]\nc: [*b, *b]\n", "E102"),
        ("a: &a [x, x]\n" + "".join(f"k{n}: &a [*a, *a]\n" for n in range(50)), "E102"),
        (HEAD + "layers: &me [*me]\n", "E108"),
        (HEAD + "x: !!python/object/apply:os.system [ls]\n", "E103"),
        (HEAD + "x: ! y\n", "E103"),
        ("%TAG ! tag:x,2000:\n---\nx: !y z\n", "E103"),
        ("--- a\n--- b\n", "E104"),
        (HEAD + "x: {" + "a: 1, " * 100_000 + "}", "E105"),
        ("[1, 2]: 3", "E106"),
        ("{a: b}: 3", "E106"),
        (HEAD + "<<: {layers: [relu]}\n", "E107"),
        (HEAD + "layers:\n" + "- relu\n" * 20_000, "E142"),
        (HEAD + "layers:\n" + "- nothing\n" * 20_000, "E120"),
        (HEAD + "layers: [{type: block, use: none, repeat: 9000000000000000000}]", "E140"),
        (HEAD + "blocks: {b: {layers: []}}\nlayers: [{type: block, use: b, repeat: 9000000000000000000}]", "E112"),
        (HEAD + "blocks: {b: {layers: [relu]}}\nlayers: [{type: block, use: b, repeat: 9000000000000000000}]", "E142"),
        (chain(3_000, "[relu]"), "E142"),
        (doubling(31, "[relu]"), "E142"),
        (doubling(31, "[]"), "E112"),
        (doubling(31, "[nothing]"), "E120"),
        (f"dftrace: 1\ninput: [{'1, ' * 40}]\nlayers: [relu]", "E112"),
        ("dftrace: 1\ninput: {shape: [4], scale: 2/1e-99999999}\nlayers: [relu]", "E112"),
        (f"dftrace: 1\ninput: [{'9' * 100_000}]\nlayers: [relu]", "E112"),
        (f"{HEAD}layers: [{{type: dense, units: {'9' * 5_000}}}]", "E125"),
        (f"{HEAD}layers: [{{type: relu, {'x' * 1_000}: 1}}]", "E122"),
        (f"{HEAD}layers: [{{type: relu, inputs: {'x' * 500}}}]", "E130"),
        (f"{'k' * 1_000}: 1", "E111"),
    ],
    ids=lambda value: value if len(value) == 4 else "",
)
def test_a_hostile_file_is_answered_soon(text, code):
    started = time.perf_counter()
    with pytest.raises(NetworkError) as caught:
        network_from_text(text, "net.yaml")
    assert time.perf_counter() - started < SECONDS
    assert code in [problem.code for problem in caught.value.problems]
    assert all(len(problem.message) < 500 for problem in caught.value.problems)


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
@pytest.mark.parametrize("levels", [MAX_DEPTH + 2, 1_500, 25_000])
def test_the_parser_makes_no_difference_to_deep_nesting(monkeypatch, loader, opening, levels):
    """Some have a bound of their own, which they come to by looking ahead."""
    monkeypatch.setattr(reader, "_PARSER", loader)
    found = problem(opening * levels)
    assert (found.code, found.place.line) == ("E102", 1)
    assert found.place.column == len(opening) * MAX_DEPTH + 1


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: 1\ninput: [1, 2\nlayers:\n  - relu\n", (2, 8)),
        ("a: [1, 2\nb: [3]\n", (1, 4)),
        ("a: {x: 1, y: 2\nb: 3\n", (1, 4)),
        ("a: [{b: 1}, {c: 2\n {d: 3}]\n", (1, 13)),
        ("a: [1, 2}\nb: 1\n", (1, 4)),
        ("a: ['x', \"y]\nb: [1]\n", (1, 10)),
        ("a: [b, # ]\n", (1, 4)),
        ("a: [1\n  2, {\n}]\nb: [", (4, 4)),
        ("a: [\n {b: c}\n {d: e}\n]\n", (3, 2)),
        ("a: [1]]\n", (1, 7)),
    ],
)
def test_what_is_not_closed_is_placed_where_it_opens(monkeypatch, loader, text, place):
    monkeypatch.setattr(reader, "_PARSER", loader)
    found = problem(text)
    assert (found.code, found.place.line, found.place.column) == ("E101", *place)


def calls(text):
    """How many functions are called to read a text, C's among them: time that no other program disturbs."""
    count = 0

    def profiler(_frame, event, _argument):
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(profiler)
    try:
        read(text)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    ("before", "repeated", "after"),
    [
        (HEAD + "layers:\n", "- {{type: dense, units: 4, name: a{n}}}\n", ""),
        (HEAD + "layers:\n", "- nothing{n}\n", ""),
        (HEAD + "layers:\n", "- {{type: relu, inputs: x{n}}}\n", ""),
        (HEAD + "layers:\n", "- {{type: block, use: b{n}, repeat: 10000}}\n", ""),
        (HEAD + "layers: [{type: relu", ", k{n}: 1", "}]\n"),
        (HEAD + "layers: [relu]\n", "k{n}: 1\n", ""),
        (HEAD + "layers: [relu]\noutputs: [", "relu_1,", "]\n"),
        (HEAD + "layers: [relu]\nweights: {file: a.npz, map: {", "k{n}: v,", "}}\n"),
        (HEAD + "layers: [{type: dense, units: 1, weights: {kernel: [", "[0.5],", "], bias: 0}}]\n"),
        (HEAD + "layers: [{type: dense, units: 1, weights: {", "k{n}: 0,", "}}]\n"),
        (HEAD + "blocks: {b: {layers: [relu]}}\nlayers:\n", "- {{type: block, use: b}}\n", ""),
        (HEAD + "layers: [relu]\nblocks: {", "b{n}: {{layers: [relu]}},", "}\n"),
        (HEAD + "x: {", "a: 1,", "}\n"),
        ("dftrace: 1\nlayers: [relu]\ninput: {shape: [4], example: [", "1,", "]}\n"),
        ("dftrace: 1\nlayers: [relu]\ninputs: {", "i{n}: [4],", "}\n"),
    ],
)
def test_the_work_of_reading_grows_with_the_file_and_no_faster(before, repeated, after):
    def text(count):
        return before + "".join(repeated.format(n=n) for n in range(10_000, 10_000 + count)) + after

    read(text(1))
    assert calls(text(400)) < 3 * calls(text(200))


@pytest.mark.parametrize("letters", [1, 60])
def test_names_that_are_not_known_are_compared_with_so_many_letters_and_no_more(monkeypatch, letters):
    """400 mistakes beside 3,000 names would be 1.2 million comparisons."""
    compared = []
    monkeypatch.setattr(spelling, "_cost", lambda word, name: compared.append(min(len(word), len(name))) or 100)
    definitions = "".join(f"  {'b' * letters}{n}: {{layers: [relu]}}\n" for n in range(3_000))
    uses = "".join(f"- {{type: block, use: {'b' * letters}x{n}}}\n" for n in range(400))
    assert problem(f"{HEAD}blocks:\n{definitions}layers:\n{uses}").code == "E140"
    assert sum(compared) <= MOST_COMPARED
    assert compared or letters > MOST_COMPARED // 3_000


def test_one_mistake_made_often_is_looked_up_once(monkeypatch):
    compared = []
    monkeypatch.setattr(spelling, "_cost", lambda *pair: compared.append(pair) or 100)
    problem(f"{HEAD}layers:\n" + "- rleu\n" * 100)
    assert 0 < len(compared) == len(set(compared))


def test_reading_stops_at_so_many_mistakes_and_says_so():
    """Each costs some ten times what an event of the parser does."""
    found = problems(f"{HEAD}layers:\n" + "- nothing\n" * (MOST_PROBLEMS - 1))
    assert len(found) == MOST_PROBLEMS - 1
    found = problems(f"{HEAD}layers:\n" + "- nothing\n" * MOST_PROBLEMS)
    assert [one.place.line for one in found] == [*range(4, MOST_PROBLEMS + 4), MOST_PROBLEMS + 3]
    assert found[-1].code == "E102"


def test_a_number_takes_so_much_memory_and_no_more():
    text = f"{HEAD}layers: [{{type: dense, units: 1, weights: {{kernel: [{'-0.123456, ' * 20_000}], bias: 0}}}}]"
    tracemalloc.start()
    try:
        read(text)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 400 * 20_000


def test_a_file_of_very_many_values_is_refused(monkeypatch):
    monkeypatch.setattr(builder, "MAX_VALUES", 100)
    assert problem("x: [" + "1," * 96 + "*nothing]").code == "E108"
    assert problem("x: [" + "1," * 98 + "*nothing]").code == "E102"


@pytest.mark.parametrize("levels", [2, 21, 31])
def test_blocks_that_hand_on_ever_deeper_lists(levels):
    uses = [
        f"  b{n}: {{params: {{x: 1}}, layers: [{{type: block, use: b{n + 1}, with: {{x: [[[$x]]]}}}}]}}\n"
        for n in range(levels)
    ]
    last = f"  b{levels}: {{params: {{x: 1}}, layers: [{{type: dense, units: $x}}]}}\n"
    found = problem(f"{HEAD}blocks:\n{''.join(uses)}{last}layers: [{{type: block, use: b0}}]\n")
    assert found.code == ("E125" if levels == 2 else "E102")


def test_a_number_with_a_huge_exponent_is_read_soon():
    text = "dftrace: 1\ninput: {shape: [4], scale: 1e-99999999/2}\nlayers: [relu]"
    assert float(network_from_text(text).inputs[0].scale) == 0


def test_a_value_that_is_repeated_in_a_block_counts_each_time():
    """20,000 numbers in a block that is used 10,000 times would be 200 million."""
    weights = "[" + "1, " * 20_000 + "]"
    block = f"blocks: {{b: {{layers: [{{type: dense, units: 1, weights: {{kernel: {weights}, bias: 0}}}}]}}}}\n"
    found = problem(HEAD + block + f"layers: [{{type: block, use: b, repeat: {MAX_LAYERS}}}]")
    assert found.code == "E142"
    assert found.message == "the blocks expand to more than 200,000 values"
    found = problem(HEAD + block + "layers: [" + "{type: block, use: b}, " * MAX_LAYERS + "]")
    assert found.code == "E142"


def test_the_deepest_nesting_that_is_read():
    nested = "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)
    assert problem(f"{HEAD}layers: [relu]\nx: {nested}").code == "E111"
    assert problem(f"{HEAD}layers: [relu]\nx: [{nested}]").code == "E102"


def test_ten_thousand_layers_are_read_soon():
    started = time.perf_counter()
    network = network_from_text(HEAD + "layers:\n" + "- relu\n" * MAX_LAYERS)
    assert time.perf_counter() - started < SECONDS
    assert len(network.nodes) == MAX_LAYERS
    assert network.nodes[-1].name == f"relu_{MAX_LAYERS}"


def test_anchors_and_aliases_are_read_as_if_they_were_written_out():
    network = network_from_text(
        HEAD + "layers:\n- &d {type: dense, units: 3}\n- {type: relu, name: &n end}\n- *d\noutputs: [*n, dense_2]"
    )
    assert [node.output_shape for node in network.nodes] == [(3,), (3,), (3,)]
    assert network.outputs == ("end", "dense_2")


def test_the_byte_order_mark_and_windows_line_ends_are_read():
    network = network_from_text(b"\xef\xbb\xbfdftrace: 1\r\ninput: [4]\r\nlayers:\r\n  - relu\r\n")
    assert network.nodes[0].name == "relu_1"
    found = problem("dftrace: 1\r\ninput: [4]\rlayers:\r\n  - nothing\r\n")
    assert (found.place.line, found.place.text) == (4, "  - nothing")


@pytest.mark.parametrize("kind", ["missing", "folder", "nul"])
def test_a_file_that_cannot_be_opened(tmp_path, kind):
    path = {"missing": tmp_path / "none.yaml", "folder": tmp_path, "nul": "a\0b"}[kind]
    with pytest.raises(InputError) as caught:
        load_network(path)
    assert caught.value.message.startswith(str(path))


KEYS = st.sampled_from(
    [
        *("dftrace", "name", "input", "inputs", "layers", "blocks", "weights", "classes", "outputs", "data_format"),
        *(
            "type",
            "filters",
            "kernel_size",
            "units",
            "use",
            "with",
            "repeat",
            "params",
            "shape",
            "scale",
            "mean",
            "std",
        ),
        *("file", "map", "init", "seed", "layout", "activation", "padding", "strides", "target_shape", "axis", "<<"),
    ]
)
WORDS = st.sampled_from(
    [
        *(
            "conv2d",
            "dense",
            "relu",
            "flatten",
            "add",
            "block",
            "input",
            "b",
            "$p",
            "same",
            "he_normal",
            "1/255",
            "x.npz",
        ),
        *("reshape", "permute", "batch_normalization", "softmax", "Conv2D", "relu_1", "concatenate", "1e-3", "-1", ""),
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | WORDS
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=3), inner, max_size=5),
    max_leaves=25,
)
LAYERS = st.lists(WORDS | st.dictionaries(KEYS, TREES, max_size=4).map(lambda fields: {"type": "conv2d"} | fields))
FILES = st.fixed_dictionaries(
    {"dftrace": st.just(1), "input": st.just([4, 4, 2]) | TREES, "layers": LAYERS},
    optional={"blocks": TREES, "weights": TREES, "outputs": TREES, "classes": TREES, "data_format": TREES},
)


def read(data):
    """Read a file; whatever it holds, only errors of ours come back."""
    try:
        network_from_text(data)
    except DftraceError as error:
        problems = error.problems
    else:
        problems = ()
    assert all(problem.code.startswith("E1") and problem.place is not None for problem in problems)


@given(TREES)
def test_any_structure_is_read_or_refused(tree):
    read(yaml.safe_dump(tree))


@given(FILES)
def test_anything_that_looks_like_a_network_is_read_or_refused(tree):
    read(yaml.safe_dump(tree, sort_keys=False))


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    read(text)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data):
    read(data)


@given(st.text("{}[],:-\n \t&*!|>'\"%#?@`ab1$<", max_size=60))
def test_any_punctuation_is_read_or_refused(text):
    read(HEAD + text)
