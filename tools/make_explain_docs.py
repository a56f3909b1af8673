"""Writes docs/explain/: the chapter's arithmetic as `dftrace explain` tells it, a page a section.

A test fails when a page is not what this would write.
"""

from __future__ import annotations

import shlex
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dataflow_cli import load_network
from dataflow_cli.explain.element import parse_element
from dataflow_cli.explaining import explained
from dataflow_cli.render.explanation import write
from dataflow_cli.render.explanation.any import as_document
from dataflow_cli.render.explanation.document import Document, Title
from dataflow_cli.render.explanation.options import Wanted
from dataflow_cli.render.formats import Style

if TYPE_CHECKING:
    from dataflow_cli.network.model import Network

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs/explain"
LOWER = {1: 3, 2: 3, 3: 4}
"""The levels of the tool's headings on a page."""


@dataclass(frozen=True)
class Question:
    """What is explained, and why it stands in the chapter."""

    config: str
    element: str
    words: str
    back: bool = False


@dataclass(frozen=True)
class Figure:
    """What is shown as a picture, which tools/make_pictures.py draws by the command on the page."""

    config: str
    options: str
    name: str
    words: str
    alt: str


@dataclass(frozen=True)
class Page:
    """One page of questions about one section."""

    file: str
    title: str
    words: str
    questions: tuple[Question | Figure, ...]


MLP, RAMP, PICTURE = "mlp-2-5-1", "conv1d-ramp", "conv2d-picture"
LAYER, POOLING, CNN = "conv-layer", "pooling", "mnist-cnn"
SORT, VIT, LSTM = "sort-transformer", "mnist-vit", "mnist-lstm"

PAGES = (
    Page(
        "feed-forward.md",
        "A feed-forward network",
        "Section 2: two features, five hidden nodes with ReLU, one output with a sigmoid, for the first test point.",
        (
            Question(MLP, "dense_1[:]", "The hidden layer in column form: W0 x + b0, then ReLU."),
            Question(MLP, "dense_2[:]", "The output: W1 a0 + b1 is one number, the sigmoid makes it a probability."),
            Question(MLP, "dense_1[0]", "One node by itself."),
            Question(MLP, "dense_2[0]", "The output followed back to the two features.", back=True),
        ),
    ),
    Page(
        "convolution-1d.md",
        "Convolution in one dimension",
        "Section 3: 20 points of a bell curve and the kernel [-1, 0, 1].",
        (
            Question(RAMP, "valid[0,0]", "The first window that lies whole on the numbers: 13."),
            Question(RAMP, "same[0,0]", "With zero padding there is a value left of it: 6."),
            Question(RAMP, "flipped[0,0]", "Mathematics flips the kernel: the sign changes."),
        ),
    ),
    Page(
        "convolution-2d.md",
        "Convolution in two dimensions",
        "Section 4: the top left corner of a gray picture and a kernel that is flipped before it is applied.",
        (
            Question(PICTURE, "conv2d_1[1,1,0]", "Row 1, column 1: 264 - 560 + 87 = -209."),
            Question(PICTURE, "conv2d_1[1,2,0]", "One step to the right."),
            Question(PICTURE, "conv2d_1[0,0,0]", "In the corner the window hangs over the edge."),
        ),
    ),
    Page(
        "convolutional-layer.md",
        "A convolutional layer",
        "Section 5: two input channels, three filters, each a stack of two 3 x 3 kernels and one bias; then ReLU.",
        (
            Question(LAYER, "conv2d_1[0,0,0]", "Filter 0 looks for edges."),
            Question(LAYER, "conv2d_1[0,0,1]", "Filter 1 looks at single points, in channel 0 alone."),
            Question(LAYER, "conv2d_1[0,0,2]", "Filter 2 sums one channel and takes the other away."),
            Question(LAYER, "relu_1[0,1,1]", "ReLU sets what is negative to 0."),
        ),
    ),
    Page(
        "pooling.md",
        "Pooling",
        "Section 6: the largest number of a 2 x 2 window, or its mean.",
        (
            Question(POOLING, "max_stride_2[0,0,0]", "The largest of four."),
            Question(POOLING, "average_stride_2[0,0,0]", "Their mean."),
            Question(POOLING, "max_stride_1[0,1,0]", "With stride 1 the windows overlap."),
        ),
    ),
    Page(
        "cnn.md",
        "The whole CNN",
        "Sections 7 and 8: the trained MNIST network looks at a 7.",
        (
            Question(CNN, "conv2d_1[11,15,25]", "The first convolution sees 3 x 3 pixels."),
            Question(CNN, "conv2d_2[12,12,9]", "The second adds what it sees in 32 channels."),
            Question(CNN, "max_pooling2d_1[6,6,9]", "The pool keeps the largest."),
            Question(CNN, "flatten_1[4711]", "(12, 12, 64) unrolls to 9,216 numbers."),
            Question(CNN, "dense_1[61]", "A dense layer is a row times a vector."),
            Question(CNN, "dense_2[7]", "Softmax, and the way back to the picture.", back=True),
        ),
    ),
    Page(
        "sorting.md",
        "A transformer that sorts",
        "Eight letters, d e c a f h a b as numbers, go in; each place answers with the letter that belongs there. "
        "Every step of the second block's attention, for the first place, which has to find the smallest letter.",
        (
            Question(SORT, "encoder_2/attention:query[0,0,0]", "What head 0 asks at place 0."),
            Question(SORT, "encoder_2/attention:scores[0,0,3]", "How well the key of the a at place 3 fits."),
            Question(SORT, "encoder_2/attention:weights[0,0,3]", "The softmax over all keys."),
            Figure(
                SORT,
                "-l 'encoder_2/attention:weights'",
                "sorting-heads",
                "All of them, for all places and both heads.",
                "A grid a head: queries down, keys across, darker where more is taken",
            ),
            Question(SORT, "encoder_2/attention:heads[0,0,0]", "The sum of all values by these weights."),
            Question(SORT, "encoder_2/attention[0,3]", "The output: what both heads found, projected."),
            Question(SORT, "sorted[0,0]", "The answer a, followed back to the letters.", back=True),
        ),
    ),
    Page(
        "vision-transformer.md",
        "A vision transformer that reads a digit",
        "The digit is cut into 4 x 4 patches of 7 x 7 pixels, and every patch looks at all others.",
        (
            Question(VIT, "patches[1,1,17]", "One number of a patch."),
            Question(VIT, "places[5,17]", "Its place adds a number."),
            Figure(
                VIT,
                "-l 'encoder_*/attention:weights' --query 5",
                "vit-patch",
                "Where its four heads look, in each of three blocks.",
                "The digit, and it again for every head, redder where the head looks; the patch is outlined",
            ),
            Figure(
                VIT,
                "-l 'encoder_*/attention:weights'",
                "vit-mean",
                "And all patches together: the mean of their looks, as the answer is a mean over them.",
                "The digit, and it again for every head of three blocks, redder where patches look most",
            ),
            Question(VIT, "encoder_1/attention[5,17]", "What this patch takes from the others.", back=True),
        ),
    ),
    Page(
        "lstm.md",
        "An LSTM that reads a digit",
        "The digit comes in row by row, 28 steps of 28 pixels; what the layer holds after the last says which it was.",
        (
            Question(LSTM, "digit[7]", "The answer, from the 64 units of the last step."),
            Question(LSTM, "lstm_1[59]", "The unit that speaks most for a seven: its state after the last step."),
            Question(
                LSTM,
                "lstm_1:hidden[12,59]",
                "The same unit at row 12: its cell keeps a part of what was and takes in a part of what is.",
            ),
            Figure(
                LSTM,
                "-l 'lstm_1:*[59]'",
                "lstm-unit",
                "All its gates, its cell and its state from the first row to the last.",
                "Six curves over 28 steps: three gates, the candidate, the cell and the state of unit 59",
            ),
            Question(LSTM, "lstm_1:forget_gate[12,59]", "How much it keeps: from the row and from the state before."),
            Question(LSTM, "lstm_1:input_gate[12,59]", "How much it takes in."),
            Question(LSTM, "lstm_1:candidate[12,59]", "What it could take in."),
            Question(LSTM, "lstm_1:output_gate[12,59]", "How much of the cell it shows."),
            Question(
                LSTM, "rows[12,18]", "The pixel of the row that moves the forget gate most, as it stands in the digit."
            ),
            Figure(
                LSTM,
                "-l 'lstm_1:*_gate' -l lstm_1:cell",
                "lstm-gates",
                "All 64 units: where half of them lie, and all. Little happens before row 7, where the digit begins.",
                "The median of 64 units in two bands over 28 steps, for three gates and the cell",
            ),
        ),
    ),
)


def pages() -> dict[Path, str]:
    """Every page as it should be."""
    return {FOLDER / page.file: _page(page) for page in PAGES} | {FOLDER / "README.md": _contents()}


def _contents() -> str:
    rows = [f"- [{page.title}]({page.file}): {page.words}" for page in PAGES]
    lead = "The chapter's arithmetic, as `dftrace explain` tells it. Generated by `make figures`."
    return "\n".join(["# Explained", "", lead, "", *rows]) + "\n"


def _page(page: Page) -> str:
    lines = [f"# {page.title}", "", page.words]
    for question in page.questions:
        answer = _picture(question) if isinstance(question, Figure) else _answer(question).strip()
        lines += ["", f"## {question.words}", "", "```sh", _command(question), "```", "", answer]
    return "\n".join(lines) + "\n"


def _picture(figure: Figure) -> str:
    """The picture, for light and for dark pages."""
    path = f"../pictures/{figure.name}"
    return (
        f'<picture>\n  <source media="(prefers-color-scheme: dark)" srcset="{path}-dark.svg">\n'
        f'  <img alt="{figure.alt}" src="{path}.svg">\n</picture>'
    )


def _command(question: Question | Figure) -> str:
    if isinstance(question, Figure):
        return f"dftrace show {question.config}.yaml {question.options} -o {question.name}.svg"
    back = " --back" if question.back else ""
    return f"dftrace explain {question.config}.yaml {shlex.quote(question.element)}{back}"


def _answer(question: Question) -> str:
    """The tool's own Markdown, its headings one level lower."""
    with chdir(ROOT / "configs"):
        document = _document(load_network(f"{question.config}.yaml"), question)
    lowered = tuple(Title(one.text, LOWER[one.level]) if isinstance(one, Title) else one for one in document.parts)
    return write(Document(lowered, document.notes), "markdown", Style())


def _document(network: Network, question: Question) -> Document:
    wanted = Wanted()
    asked = parse_element(question.element)
    found = explained(network, asked.layer, asked.index, back=wanted.ways if question.back else 0)
    return as_document(found, wanted)


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))
