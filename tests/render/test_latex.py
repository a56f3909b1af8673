"""Tables and text in LaTeX: whatever a name holds, it is shown and not obeyed."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflow_cli.render.formats import Style, write
from dataflow_cli.render.tex import words
from dataflow_cli.render.trace import trace_report
from tests.contract.inside import dftrace, text_of
from tests.render.records import trace

HOSTILE = (r"\input{x} & 50 % {", "}$x_1^2$#~|<>", "--[2]\\\\ \\end{tabular}", "*`` '' \\write18{ls}", 'a"b\x1b[31m\n')
SPELLED = {"textbackslash": "\\", "textasciitilde": "~", "textasciicircum": "^", "textasciigrave": "`"} | {
    "textless": "<",
    "textgreater": ">",
    "textbar": "|",
}
"""Commands of LaTeX, and the letter that each prints."""


def printed(tex):
    """What LaTeX prints of text: a command's letter, an escaped letter, nothing for a group; there are no ligatures."""
    assert "--" not in tex
    assert "``" not in tex
    assert "''" not in tex
    assert ",," not in tex
    shown = []
    for command, escaped, group, letter in re.findall(r"\\([a-z]+)\{\}|\\([{}_#$%&])|(\{\})|(.)", tex):
        assert not letter or letter not in "\\{}_#$%&~^<>|", letter
        shown.append(SPELLED[command] if command else escaped or ("" if group else letter))
    return "".join(shown)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_words_are_printed_as_they_are(text):
    assert printed(words(text)) == text


def hostile(times=1):
    record = trace()
    steps = tuple(replace(record.steps[-1], name=name) for name in HOSTILE * times)
    return trace_report(replace(record, steps=steps, network=HOSTILE[0]), HOSTILE)


@pytest.mark.parametrize(
    ("times", "fragment", "kind"), [(1, False, "tabular"), (20, False, "longtable"), (20, True, "tabular")]
)
def test_a_hostile_table_stays_a_table(times, fragment, kind):
    text = write(hostile(times), "latex", Style(fragment=fragment))
    head, _, rest = text.partition(rf"\begin{{{kind}}}{{")
    layout, *lines = rest.partition(rf"\end{{{kind}}}")[0].split("\n")
    assert bool(head.startswith("\\documentclass")) is not fragment
    assert text.endswith("\\end{tabular}\n" if fragment else "\\end{document}\n")
    rows = [line for line in lines if line.endswith(r" \\")]
    cells = [re.split(r"(?<!\\)&", row.removesuffix(r" \\")) for row in rows]
    assert {len(row) for row in cells} == {len(layout) - 1}
    assert "\\write18" not in text
    assert "\x1b" not in text
    names = [printed(re.sub(r"^\{(.*)\}$", r"\1", row[0].strip())) for row in cells[1:-1]]
    assert names == times * [name.replace("\x1b", r"\x1b").replace("\n", r"\n").strip() for name in HOSTILE]
    assert [line for line in lines if line.endswith("rule")] == [r"\toprule", r"\midrule", r"\midrule", r"\bottomrule"]


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs LaTeX")
def test_a_hostile_table_compiles(tmp_path):
    (tmp_path / "x.tex").write_text(write(hostile(), "latex", Style()), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "x.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]


def test_numbers_have_the_minus_and_the_powers_of_numbers():
    text = text_of("run", "configs/mnist-cnn.yaml", "-f", "latex", "--fragment", "--fields", "name,min,zeros,params")
    assert r"dense\_2 & $1.928 \cdot 10^{-16}$ & 0 \% & 1,290 \\" in text
    assert r"total &  &  & 1,199,882 \\" in text


@pytest.mark.parametrize(
    "command", [("params", "configs/xor-mlp.yaml"), ("explain", "configs/xor-mlp.yaml", "dense_1")]
)
def test_a_fragment_is_latex_without_a_preamble(command):
    whole, part = (text_of(*command, "-f", "latex", *more) for more in ((), ("--fragment",)))
    assert r"\documentclass" in whole
    assert not re.search(r"^\\(documentclass|usepackage|(begin|end)\{document\})", part, re.MULTILINE)
    done = dftrace(command[0], "absent.yaml", *command[2:], "--fragment")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"--fragment is for LaTeX: add -f latex" in done.stderr
