"""Markdown, LaTeX and JSON."""

import json
import re
import shutil
import subprocess

import pytest

from dataflow_cli import load_network
from dataflow_cli.explain.description import description
from dataflow_cli.explain.element import WHOLE
from dataflow_cli.render.explanation import write
from dataflow_cli.render.explanation.any import as_document, as_json
from dataflow_cli.render.explanation.json import words_json
from dataflow_cli.render.explanation.options import Wanted
from dataflow_cli.render.explanation.words import words_document
from dataflow_cli.render.formats import Style
from dataflow_cli.render.tex import chunks, formula, words
from tests.explain.chapter import CONFIGS, explained

QUESTIONS = [
    ("mlp-2-5-1", "dense_1", WHOLE),
    ("mlp-2-5-1", "dense_2", (0,)),
    ("conv1d-ramp", "same", (0, 0)),
    ("conv2d-picture", "conv2d_1", (0, 0, 0)),
    ("conv-layer", "relu_1", (0, 0, 0)),
    ("pooling", "max_stride_2", (0, 0, 0)),
    ("mnist-cnn", "dense_2", (7,)),
    ("mnist-cnn", "flatten_1", (4711,)),
]
every_question = pytest.mark.parametrize("question", QUESTIONS, ids=str)


def in_format(question, form):
    return write(as_document(explained(*question), Wanted()), form, Style())


@every_question
def test_latex_is_balanced(question):
    """Every group and environment that is opened is closed, and nothing stands in it that LaTeX would not take."""
    text = in_format(question, "latex")
    assert text.isascii()
    assert text.startswith("\\documentclass{article}")
    assert text.endswith("\\end{document}\n")
    assert re.findall(r"\\usepackage(?:\[.*\])?\{(.*)\}", text) == ["fontenc", "inputenc", "amsmath"]
    opened = []
    for kind, name in re.findall(r"\\(begin|end)\{([a-z*]+)\}", text):
        if kind == "begin":
            opened.append(name)
        else:
            assert opened.pop() == name
    assert not opened
    bare = re.sub(r"\\[{}]", "", text)
    assert bare.count("{") == bare.count("}")
    assert "\n\n\\end{align*}" not in text


@every_question
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs LaTeX")
def test_latex_compiles(question, tmp_path):
    (tmp_path / "x.tex").write_text(in_format(question, "latex"))
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "x.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]


def test_the_equation_of_section_4_in_latex():
    text = in_format(("conv2d-picture", "conv2d_1", (1, 1, 0)), "latex")
    assert r"\begin{bmatrix} 88 & 97 & 112 \\ 62 & 70 & 100 \\ 41 & 46 & 87 \end{bmatrix}" in text
    assert r"264 + 0 + 0 + 0 - 560 + 0 + 0 + 0 + 87 = -209" in text
    assert r"\boxed{88}" in text


def test_formulas_in_latex():
    assert formula("exp(2) · 3") == r"\exp(2) \cdot  3"
    assert formula("(1 - 2) / sqrt(3 + 4)") == r"(1 - 2) / \sqrt{3 + 4}"
    assert formula("1.5e-07 + nan (29 others)") == r"1.5 \cdot 10^{-7} + \text{nan} \text{(29 others)}"
    assert formula("⌊5 / 2⌋") == r"\lfloor 5 / 2\rfloor "


def test_words_in_latex():
    assert words("a_1 & 50 % {x} 2·3 ~^\\") == (
        r"a\_1 \& 50 \% \{x\} 2$\cdot$3 \textasciitilde{}\textasciicircum{}\textbackslash{}"
    )
    assert words("語") == r"\textbackslash{}u8a9e"


def test_long_formulas_are_broken_before_a_sign():
    pieces = chunks(" + ".join(["0.123"] * 20) + " = 2.460")
    assert len(pieces) > 1
    assert all(piece.startswith("+ ") for piece in pieces[1:])
    assert all(len(piece) < 70 for piece in pieces)


@every_question
def test_markdown_fences_are_closed(question):
    text = in_format(question, "markdown")
    assert text.startswith("# ")
    assert text.count("```") % 2 == 0
    assert "```text\n```" not in text


def test_markdown_has_tables():
    text = in_format(("mnist-cnn", "dense_2", (7,)), "markdown")
    assert "| dense\\_2 | class | logit | exp(logit - largest) |\n| --- | --- | ---: | ---: |" in text


@every_question
def test_json_is_complete(question):
    account = explained(*question)
    record = json.loads(as_json(account), parse_constant=lambda name: pytest.fail(f"bare {name}"))
    assert record["schema"] == "dftrace.explanation/1"
    assert record["layer"] == question[1]
    if question[2] == WHOLE:
        assert record["about"] == "vector"
        assert record["values"] == account.values.tolist()
        return
    assert record["about"] == "element"
    assert record["value"] == account.value
    assert record["at"] == list(question[2])
    for block in record["blocks"]:
        count = 1
        for length in block["shape"]:
            count *= length
        for name in ("values", "at", "terms", "roles", "contributions"):
            assert len(block[name]) == count
    assert sum(1 for block in record["blocks"] if block["input"] is not None) > 0


def test_json_marks_padding():
    record = json.loads(as_json(explained("conv1d-ramp", "same", (0, 0))))
    assert record["blocks"][0]["at"] == [None, [0, 0], [1, 0]]
    assert record["blocks"][0]["roles"] == ["none", "none", "source"]


def test_json_of_the_way_back():
    record = json.loads(as_json(explained("mnist-cnn", "dense_2", (7,), back=3)))
    assert [stage["step"] for stage in record["back"]][-1] == "input"
    assert all(len(stage["reached"]) <= 3 for stage in record["back"])


def test_a_layer_in_words():
    network = load_network(CONFIGS / "mnist-cnn.yaml")
    text = write(words_document(description(network, network.node("conv2d_2"))), "text", Style())
    assert "out[n, p, f] = activation(" in text
    assert "height: (26 - 3)/1 + 1 = 24" in text
    assert "parameters: kernel 3·3·32·64 + bias 64 = 18,496" in text
    assert "from conv2d_1 (26, 26, 32) to (24, 24, 64) (height, width, channel)" in text
    record = json.loads(words_json(description(network, network.node("conv2d_2"))))
    assert record["about"] == "layer"
    assert record["output_shape"] == [24, 24, 64]
