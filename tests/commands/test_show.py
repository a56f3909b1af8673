"""`dftrace show` in a process of its own: what it writes where, and how it fails."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tests.contract.shell import MNIST, ROOT, SEVEN, dftrace, in_terminal, process_in_terminal, text_of, written

RAMP = ROOT / "configs" / "conv1d-ramp.yaml"
RACCOON = ROOT / "configs" / "conv2d-raccoon.yaml"
DIGITS = ROOT / "configs" / "digits"


def test_a_png_appears_and_stdout_stays_empty(tmp_path):
    done = dftrace("show", MNIST, "-i", SEVEN, "-o", tmp_path / "seven.png")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    with Image.open(tmp_path / "seven.png") as image:
        assert image.format == "PNG"
    assert [path.name for path in tmp_path.iterdir()] == ["seven.png"]


def test_a_dash_writes_the_png_to_a_pipe():
    done = dftrace("show", MNIST, "-i", SEVEN, "-l", "input", "-o", "-")
    assert Image.open(BytesIO(done.stdout)).format == "PNG"


@pytest.mark.parametrize("output", ["-", "/dev/stdout", "/dev/tty"])
def test_bytes_are_never_written_to_a_terminal(output):
    shown, code = process_in_terminal("show", MNIST, "-i", SEVEN, "-l", "input", "-q", "-o", output)
    assert code == 2
    assert shown.startswith("error[E400]") or "E400" in shown.splitlines()[0]
    assert "PNG" not in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ["-o", "x.jpg"],
        ["-o", "x"],
        ["-l", "conv9"],
        ["--zoom", "0"],
        ["--zoom", "2/3"],
        ["--zoom", "x"],
        ["--kind", "pie"],
        ["--kind", "barcode", "-l", "conv2d_1"],
        ["--cmap", "diverging", "--map", "minmax"],
        ["--kind", "kernels", "-i", SEVEN],
        ["--kind", "scatter", "-i", SEVEN],
        ["--kind", "scatter", "-l", "dense_1", "-i", SEVEN],
        ["--kind", "scatter", "--before-activation", "-i", SEVEN],
        ["--group", "label", "-l", "dense_1", "-i", SEVEN, "-i", SEVEN],
        ["--labels", DIGITS / "missing.csv", "-i", SEVEN],
        ["--columns", "0"],
        ["--font-size", "5"],
        ["--zoom", "256", "-o", "picture.png"],
        ["-i", "missing.png"],
        ["-w", "missing.npz"],
        ["-o", "no/such/folder/x.png"],
    ],
    ids=lambda arguments: " ".join(str(one) for one in arguments[:4]),
)
def test_a_mistake_is_one_error_with_exit_code_2_and_no_output(arguments, tmp_path):
    done = dftrace("show", MNIST, *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.count(b"error[E") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_missing_sixel_package_is_an_error_that_helps():
    done = dftrace("show", MNIST, "-i", SEVEN, "-l", "input", "--terminal", "sixel", env={"PYTHONPATH": ""})
    if done.returncode:  # it is an extra and need not be there
        assert b"pip install 'textual-image" in done.stderr


def test_a_pipe_gets_text_without_colors():
    shown = text_of("show", MNIST, "-i", SEVEN)
    assert "\x1b" not in shown
    assert shown.isascii()
    assert "conv2d_2  (24, 24, 64), 64 channels, 8 x 8" in shown
    assert re.search(r"seven 1\.0000\* #+", shown)


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"COLORTERM": "truecolor"}, "\x1b[38;2;"),
        ({"COLORTERM": None, "TERM": "xterm-256color"}, "\x1b[38;5;"),
        ({"COLORTERM": None, "TERM": "xterm-direct"}, "\x1b[38;2;"),
    ],
)
def test_a_terminal_gets_what_its_environment_says(env, expected):
    shown, code = in_terminal("show", MNIST, "-i", SEVEN, "-l", "input", env=env)
    assert code == 0
    assert expected in shown
    assert "▀" in shown


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"LC_ALL": "C"}])
def test_a_terminal_without_colors_or_blocks_gets_ascii(env):
    shown, code = in_terminal("show", MNIST, "-i", SEVEN, "-l", "input", env={"COLORTERM": "truecolor", **env})
    assert code == 0
    assert "\x1b" not in shown
    assert "@" in shown


def test_nothing_is_asked_of_the_terminal():
    shown, _ = in_terminal("show", MNIST, "-i", SEVEN, env={"COLORTERM": "truecolor"})
    assert "\x1b" not in re.sub(r"\x1b\[[\d;]*m", "", shown)  # colors, and no other sequence


def test_lines_fit_the_terminal():
    for columns in (60, 100):
        shown, _ = in_terminal("show", MNIST, "-i", SEVEN, columns=columns, env={"COLORTERM": "truecolor"})
        plain = re.sub(r"\x1b\[[\d;]*m", "", shown)
        assert max(map(len, plain.splitlines())) <= columns


def test_kitty_is_only_ever_an_explicit_choice():
    shown = text_of("show", MNIST, "-i", SEVEN, "-l", "input", "--terminal", "kitty")
    assert shown.startswith("\x1b_Ga=T,f=100,q=2,m=")
    assert "\x1b_G" not in text_of(
        "show", MNIST, "-i", SEVEN, "-l", "input", "--color", "always", env={"TERM": "xterm-kitty"}
    )


def test_section_9_two_inputs_stand_side_by_side(tmp_path):
    path = tmp_path / "both.png"
    text_of("show", MNIST, "-i", DIGITS / "4.png", "-i", DIGITS / "6.png", "--invert", "--zoom", "1", "-o", path)
    with Image.open(path) as image, Image.open(DIGITS / "4.png") as four, Image.open(DIGITS / "6.png") as six:
        whole, digits = np.asarray(image), [255 - np.asarray(one.convert("L")) for one in (four, six)]
    for digit in digits:
        assert places_of(digit, whole[..., 0]), "the inverted digit stands in the picture as it is"
    ys = {places_of(digit, whole[..., 0])[0][0] for digit in digits}
    assert len(ys) == 1


def test_section_4_from_black_to_white(tmp_path):
    path = tmp_path / "raccoon.png"
    text_of("show", RACCOON, "--zoom", "1", "-o", path)
    with Image.open(path) as image, Image.open(ROOT / "configs" / "raccoon.png") as source:
        whole, gray = np.asarray(image)[..., 0], np.asarray(source).astype(int)
    padded = np.pad(gray, 1)
    result = 3 * padded[:-2, :-2] - 8 * gray + padded[2:, 2:]  # the kernel, flipped
    expected = np.rint(255 * (result - result.min()) / (result.max() - result.min())).astype(int)
    assert places_of(expected, whole)
    assert places_of(gray, whole)


def places_of(part, whole):
    """Where a picture stands in another, to the pixel; looked for by its rarest value."""
    height, width = part.shape
    rarest = np.argmin(np.bincount(whole.ravel(), minlength=256)[part])
    anchor = np.array(np.unravel_index(rarest, part.shape))
    corners = (np.argwhere(whole == part.ravel()[rarest]) - anchor).tolist()
    return [(y, x) for y, x in corners if min(y, x) >= 0 and np.array_equal(whole[y : y + height, x : x + width], part)]


def test_ten_fours_over_ten_sixes(tmp_path):
    files = [("-i", DIGITS / name / f"{number}.png") for name in ("fours", "sixes") for number in range(10)]
    shown = text_of("show", MNIST, "-l", "dense_1", *(word for pair in files for word in pair), "--width", "150")
    lines = shown.splitlines()
    assert lines.index("sixes") - lines.index("fours") == 11
    assert all(len(line) == len("0.png ") + 128 for line in lines[lines.index("fours") + 1 : lines.index("sixes")])


def test_figure_9_2_is_drawn_of_points_and_of_their_trace(tmp_path):
    given = [word for name in ("train", "test") for word in ("-i", ROOT / f"configs/mlp-2-5-1-{name}.csv")]
    labels = [
        word for name in ("train-labels", "labels") for word in ("--labels", ROOT / f"configs/mlp-2-5-1-{name}.csv")
    ]
    net, kept = ROOT / "configs" / "mlp-2-5-1.yaml", tmp_path / "kept.npz"
    assert dftrace("run", net, *given, "-l", "*", "--save", kept, "-q").returncode == 0
    for options in ([net, *given], [kept]):
        text = text_of("show", *options, *labels, "--kind", "scatter", "--width", "90")
        assert "86 of 100 points lie where the network answers their class." in text
        assert "o class 0  # class 1" in text


def test_kernels_need_no_input():
    assert "dense_1/kernel" in text_of("show", MNIST, "--kind", "kernels", "--width", "100")


def test_classes_with_escape_sequences_are_shown_not_obeyed(tmp_path):
    net = written(
        tmp_path,
        'dftrace: 1\nname: evil\ninput: {shape: [2], example: [1, 2]}\nclasses: ["a\\e[31m", b]\nlayers: [softmax]\n',
    )
    shown = text_of("show", net)
    assert "\x1b" not in shown
    assert "\\x1b[31m" in shown


def test_the_svg_of_section_3_has_its_points(tmp_path):
    path = tmp_path / "signal.svg"
    text_of("show", RAMP, "-l", "input", "-l", "valid", "-o", path)
    root = ET.parse(path).getroot()  # noqa: S314  our own file
    lines = root.findall("{http://www.w3.org/2000/svg}polyline")
    assert [len(line.attrib["points"].split()) for line in lines] == [20, 18]
    given, valid = ([tuple(map(float, p.split(","))) for p in line.attrib["points"].split()] for line in lines)
    assert valid[0][0] == given[1][0]  # the first whole window is about position 1
    scale = (given[0][1] - given[9][1]) / (251 - 2)  # pixels for 1
    assert (given[0][1] - valid[0][1]) / scale == pytest.approx(13 - 2, abs=0.1)


FIVE_AXES = "dftrace: 1\nname: five\ninput: {shape: [2, 1, 2, 1, 2]}\nlayers: "


def test_where_nothing_changes_what_is_handed_on_is_drawn(tmp_path):
    assert "flatten_1" in text_of("show", written(tmp_path, f"{FIVE_AXES}[flatten]\n"), "--value", "1,2,3,4,5,6,7,8")


def test_tensors_that_nothing_can_draw_are_an_error_that_says_what_to_do(tmp_path):
    done = dftrace("show", written(tmp_path, f"{FIVE_AXES}[relu]\n"), "--value", "1,2,3,4,5,6,7,8")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"five has no tensor that can be drawn" in done.stderr
    assert b"one to four axes" in done.stderr
    done = dftrace("show", written(tmp_path, f"{FIVE_AXES}[relu]\n"), "--value", "1,2,3,4,5,6,7,8", "-l", "relu_1")
    assert b"relu_1 is (2, 1, 2, 1, 2), --kind auto takes one to four axes" in done.stderr


def test_one_scale_for_all_layers_is_the_input_s_own_where_only_that_is_drawn():
    net = ROOT / "configs" / "mlp-2-5-1.yaml"
    assert text_of("show", net, "-l", "input", "--scale", "global") == text_of("show", net, "-l", "input").replace(
        "One scale for each layer", "One scale for all layers"
    )


@pytest.mark.parametrize("columns", ["9" * 5000, "99999999", "1", "0", "x", "²", "-3"])
def test_columns_of_any_number_are_a_width_that_can_be_drawn(columns):
    for command in (["params", MNIST], ["show", ROOT / "configs" / "xor-mlp.yaml"]):
        assert in_terminal(*command, env={"COLUMNS": columns})[1] == 0


def test_an_answer_by_random_weights_is_said_to_be_none_where_it_is_shown():
    """Under the picture of the answer, and in the words of an explanation; not under what is no answer."""
    said = b"prediction from them is no prediction"
    resnet = ROOT / "configs" / "tiny-resnet.yaml"
    wide = ("--width", 200)
    assert b"Random weights (he_normal, seed 7): a " + said in dftrace("show", resnet, "-l", "dense_1", *wide).stdout
    assert said not in dftrace("show", resnet, "-l", "global_average_pooling2d_1", *wide).stdout
    assert said in dftrace("explain", resnet, "dense_1[2]", *wide).stdout
    assert said not in dftrace("explain", MNIST, "dense_2[7]", *wide).stdout
