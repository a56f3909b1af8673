"""`dftrace draw`: what it writes where, and how it fails."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from io import BytesIO

import pytest
from PIL import Image

from dataflow_cli import load_network
from dataflow_cli.drawing import ENDINGS, FORMATS
from dataflow_cli.errors import OutputError, UnknownName
from tests.contract.shell import MNIST, ROOT, SEVEN, TINY, dftrace, in_terminal, text_of, written

RESNET = ROOT / "configs" / "tiny-resnet.yaml"
MLP = ROOT / "configs" / "mlp-2-5-1.yaml"
BEGINNINGS = {"text": b"(28,28,1) ->", "svg": b"<svg ", "png": b"\x89PNG", "dot": b"digraph", "mermaid": b"---\ntitle"}


@pytest.mark.parametrize(("ending", "form"), ENDINGS.items())
def test_the_ending_says_the_format(tmp_path, ending, form):
    out = tmp_path / f"net{ending.upper()}"
    done = dftrace("draw", MNIST, "-o", out)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert out.read_bytes().startswith(BEGINNINGS[form])
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("form", FORMATS)
def test_f_stands_over_the_ending_and_writes_to_a_pipe_too(tmp_path, form):
    done = dftrace("draw", MNIST, "-f", form, "-o", tmp_path / "net.svg")
    piped = dftrace("draw", MNIST, "-f", form, "-o", "-")
    assert done.returncode == piped.returncode == 0
    assert (tmp_path / "net.svg").read_bytes() == piped.stdout
    assert piped.stdout.startswith(BEGINNINGS[form])


@pytest.mark.parametrize("columns", [60, 80, 100, 140])
def test_a_terminal_gets_lines_that_fit_and_a_pipe_long_ones(columns):
    shown, code = in_terminal("draw", RESNET, columns=columns, env={"NO_COLOR": "1"})
    assert code == 0
    assert max(map(len, shown.splitlines())) <= columns
    assert shown.replace("\n  -> ", " -> ") == text_of("draw", RESNET)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "net.jpg"], "let it end in .txt, .svg"),
        (["-o", "net"], "let it end in .txt, .svg"),
        (["--as", "volumes"], "let the file end in .svg or .png"),
        (["--as", "neurons", "-f", "dot"], "let the file end in .svg or .png"),
        (["--as", "neurons", "-o", "net.svg"], "--as boxes"),
        (["-i", SEVEN, "-o", "net.svg"], "--color-by zeros"),
        (["-i", SEVEN, "--color-by", "params", "-o", "net.svg"], "--color-by zeros"),
        (["--color-by", "zeros", "-i", "missing.png", "-o", "net.svg"], "no such file"),
        (["--color-by", "colour"], "--color-by"),
        (["--font-size", "100"], "--font-size"),
        (["-o", "no/such/folder.svg"], "its folder does not exist"),
    ],
    ids=lambda each: " ".join(map(str, each[:4])) if isinstance(each, list) else "",
)
def test_a_mistake_is_one_error_with_exit_code_2_and_no_output(words, said, tmp_path):
    done = dftrace("draw", MNIST, *words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.count(b"error[E") == 1
    assert said in done.stderr.decode()
    assert list(tmp_path.iterdir()) == []


def test_bytes_are_never_written_to_a_terminal():
    shown, code = in_terminal("draw", MNIST, "-f", "png")
    assert code == 2
    assert "PNG file" not in shown
    assert "E400" in shown.splitlines()[0]


def test_colors_are_those_of_the_trace(tmp_path):
    text = text_of("draw", MNIST, "--color-by", "zeros", "-i", SEVEN)
    zeros = load_network(MNIST).trace(SEVEN).step("conv2d_1").statistics.zero_share
    assert f"conv2d_1 (26,26,32) [zeros {100 * zeros:.1f} %]" in text
    out = tmp_path / "net.png"
    text_of("draw", MNIST, "--color-by", "zeros", "-i", SEVEN, "-o", out, "--title", "")
    with Image.open(out) as image:
        assert len(image.getcolors(1 << 16)) > 40  # a scale from white to the accent


def test_blocks_are_folded_with_their_numbers():
    text = text_of("draw", RESNET, "--depth", "0", "--color-by", "params")
    assert "residual_1 (28,28,16) [parameters 4,640]" in text
    traced = text_of("draw", RESNET, "--depth", "0", "--color-by", "max")
    highest = load_network(RESNET).trace().step("residual_1/add_1").statistics.high
    assert f"residual_1 (28,28,16) [max {highest:.3f}]" in traced


def test_a_network_without_weights_is_drawn_as_neurons_all_the_same(tmp_path):
    bare = written(tmp_path, "dftrace: 1\nname: bare\ninput: [2]\nlayers: [{type: dense, units: 5}]\n")
    assert "no weights" in text_of("draw", bare, "--as", "neurons", "-f", "svg")
    assert "thickest line is" in text_of("draw", bare, "--as", "neurons", "-f", "svg", "--init", "he_normal")


def test_a_program_draws_as_the_command_does(tmp_path):
    network = load_network(MLP)
    assert network.draw() == text_of("draw", MLP)
    for view, form in (("boxes", "svg"), ("volumes", "png"), ("neurons", "svg"), ("boxes", "mermaid")):
        path = tmp_path / f"{view}.{form}"
        result = network.draw(path, view=view, theme="dark", font_size=10)
        done = dftrace("draw", MLP, "--as", view, "-f", form, "--theme", "dark", "--font-size", "10")
        assert path.read_bytes() == done.stdout
        assert done.stdout == (result if isinstance(result, bytes) else result.encode())
    assert network.draw(color_by="max") == text_of("draw", MLP, "--color-by", "max")
    trace = network.trace([[1, 2]])
    assert f"max {trace.step('dense_1').statistics.high:.3f}" in network.draw(color_by="max", trace=trace)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (UnknownName, {"view": "boxen"}),
        (UnknownName, {"form": "gif"}),
        (UnknownName, {"theme": "dim"}),
        (UnknownName, {"direction": "north"}),
        (UnknownName, {"color_by": "zero"}),
        (OutputError, {"font_size": 0}),
        (OutputError, {"path": "net.gif"}),
    ],
)
def test_a_program_is_told_what_there_is(error, words):
    with pytest.raises(error) as raised:
        load_network(MLP).draw(**words)
    assert raised.value.hint


def test_the_title_is_escaped_and_may_be_none():
    titles = [
        text.text
        for words in (["--title", "<&>"], ["--title", ""], [])
        for text in ET.fromstring(text_of("draw", MNIST, "-f", "svg", *words)).findall("{*}text")[:1]  # noqa: S314
    ]
    assert titles == ["<&>", "input", "mnist-cnn"]


def test_a_saved_trace_is_drawn_as_the_network_that_was_run(tmp_path):
    trace = tmp_path / "trace.npz"
    text_of("run", RESNET, "-l", "*", "-l", "*:sum", "--save", trace)
    assert text_of("draw", trace) == text_of("draw", RESNET)
    coloured = ["--color-by", "zeros", "--depth", "0"]
    assert text_of("draw", trace, *coloured) == text_of("draw", RESNET, *coloured)
    volumes = text_of("draw", trace, "--as", "volumes", "-f", "svg")
    assert volumes.count("<polygon") == text_of("draw", RESNET, "--as", "volumes", "-f", "svg").count("<polygon")
    done = dftrace("draw", trace, "-i", SEVEN, "--color-by", "zeros")
    assert (done.returncode, done.stderr.count(b"error[")) == (2, 1)
    assert b"a saved trace has no" in done.stderr


def test_a_network_from_a_pipe_is_drawn():
    done = dftrace("draw", "-", "-f", "png", stdin=TINY.encode())
    with Image.open(BytesIO(done.stdout)) as image:
        assert image.format == "PNG"


def test_thousands_of_layers_are_drawn_or_refused_in_words(tmp_path):
    net = written(tmp_path, "dftrace: 1\nname: long\ninput: [4]\nlayers:\n" + "  - relu\n" * 1_500)
    assert len(text_of("draw", net, "-f", "svg").splitlines()) > 4_500
    done = dftrace("draw", net, "-f", "png", "--font-size", "72")
    assert (done.returncode, done.stderr.count(b"error[")) == (2, 1)
    assert b"write an .svg" in done.stderr
