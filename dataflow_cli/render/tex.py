"""Text and formulas as LaTeX takes them."""

from __future__ import annotations

import re

LONGEST = 56
"""Longer formulas are broken before a plus or minus."""

_TEXT = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "_": r"\_",
    "#": r"\#",
    "$": r"\$",
    "%": r"\%",
    "&": r"\&",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
}
_SIGNS = {
    "·": r"\cdot ",
    "×": r"\times ",
    "⌊": r"\lfloor ",
    "⌋": r"\rfloor ",
    "Σ": r"\textstyle\sum ",
    "Φ": r"\Phi ",
    "π": r"\pi ",
    "σ": r"\sigma ",
    "√": r"\surd ",
    "∘": r"\circ ",
    "³": "^3",
    "²": "^2",
    "…": r"\dots ",
    "→": r"\rightarrow ",
    "≥": r"\geq ",
    "≤": r"\leq ",
    "∫": r"\textstyle\int ",
    "µ": r"\mu ",
    "₀": "_0",
    "ˣ": "^x",
    "─": "-",
    "█": r"\rule{1ex}{1.5ex}",
    "∞": r"\infty ",
}
_TWICE = re.compile(r"([-',])(?=\1)")
"""What LaTeX prints as another letter where it stands twice."""
_FUNCTIONS = re.compile(r"\b(exp|log|max|min|tanh)\(")
_ROOT = re.compile(r"sqrt\(([^()]*(?:\([^()]*\)[^()]*)*)\)")
_EXPONENT = re.compile(r"(\d(?:\.\d+)?)e([+-]\d+)")


def words(text: str) -> str:
    """Text outside of formulas, letter by letter: two hyphens stay two, and are no dash."""
    return _TWICE.sub(r"\1{}", "".join(map(_letter, text)))


def line(text: str) -> str:
    """A line of its own; one that keeps columns, with a typewriter's letters and all of its blanks."""
    if "  " not in text:
        return rf"{words(text)}\par" if text else r"\medskip"
    return rf"\texttt{{{words(text).replace(' ', '~')}}}\par"


def _letter(letter: str) -> str:
    if letter in _SIGNS:
        return f"${_SIGNS[letter].strip()}$"
    if letter.isascii():
        return _TEXT.get(letter, letter)
    try:
        letter.encode("latin-1")
    except UnicodeEncodeError:
        return _TEXT["\\"] + letter.encode("unicode_escape").decode("ascii").lstrip("\\")
    return letter


def formula(text: str) -> str:
    """A formula in math mode: functions, roots, exponents, and what is left of words."""
    pieces = re.split(r"(\(\d[\d,]* others\)|\b(?:nan|inf)\b)", text)
    return "".join(rf"\text{{{piece}}}" if number % 2 else _math(piece) for number, piece in enumerate(pieces))


def _math(text: str) -> str:
    text = _EXPONENT.sub(lambda match: rf"{match[1]} \cdot 10^{{{int(match[2])}}}", text)
    text = _ROOT.sub(r"\\sqrt{\1}", text)
    text = _FUNCTIONS.sub(r"\\\1(", text)
    return "".join(_SIGNS.get(letter, letter) for letter in text)


def chunks(text: str) -> list[str]:
    """A long formula in pieces that fit a line, each but the first beginning with its sign."""
    pieces: list[str] = [""]
    for part in re.split(r"(?= [+=-] )", text):
        if pieces[-1] and len(pieces[-1]) + len(part) > LONGEST:
            pieces.append("")
        pieces[-1] += part
    return [piece.strip() for piece in pieces]
