"""The stops of the page's tour: what goes in, the first layer of every family, the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.layers import family, kind_named
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.trace.model import Step, Trace

STOPS = {
    "convolution": (
        "The first filter",
        (
            "A small kernel slides over the picture. Each element here is the window under it times the kernel, "
            "summed, plus the bias. Below is the largest of them: follow a number of its window to its pixel."
        ),
    ),
    "recurrent": (
        "Step by step",
        (
            "The sequence is read from its beginning to its end. What is kept and what is forgotten is decided anew at "
            "every step: the curves show it for one unit."
        ),
    ),
    "attention": (
        "Attention",
        (
            "Every place asks all the others, and takes from each as much as it looks at it: the weights of one place "
            "add up to 1."
        ),
    ),
    "pooling": (
        "Pooling",
        "Windows again, but nothing is learned: of each window one number is left, and the picture becomes smaller.",
    ),
    "normalization": (
        "Normalization",
        "The numbers are shifted and stretched so that they lie around 0.",
    ),
    "shape": (
        "The same numbers, arranged anew",
        "Nothing is computed here: every element is one of the layer before. Which one is said below.",
    ),
    "core": (
        "A row of weights",
        (
            "Every element is a row of learned weights times all the numbers of the layer before, plus its bias. The "
            "largest products are listed first."
        ),
    ),
}
"""By family the title of a stop and what there is to see; other families have none."""


def tour(trace: Trace) -> list[dict[str, Any]]:
    """The stops in the order of the network; each at the largest element of what it shows, in the first sample."""
    first: dict[str, Step] = {}
    outputs = set(trace.outputs)
    for step in trace.steps:
        kind = None if step.is_input or ":" in step.name or step.name in outputs else kind_named(step.type)
        if kind is not None and family(kind) in STOPS:
            first.setdefault(family(kind), step)
    inputs = [step for step in trace.steps if step.is_input][:1]
    stops = [_stop(trace, step, "What goes in", "The network sees nothing but these numbers.") for step in inputs]
    stops += [_stop(trace, step, *STOPS[name]) for name, step in first.items()]
    return [*stops, _answer(trace)]


def _answer(trace: Trace) -> dict[str, Any]:
    """The last stop: why the answer is what it is."""
    words = (
        "The largest number is the answer. From here every number can be followed back, layer by layer, to the input: "
        "click a term."
    )
    return _stop(trace, trace.step(trace.outputs[0]), "The answer", words)


def _stop(trace: Trace, step: Step, title: str, words: str) -> dict[str, Any]:
    """A stop at the largest element of a step, or at the step alone where its numbers are not kept."""
    return {"tensor": step.name, "index": _largest(trace, step), "sample": 0, "title": title, "words": words}


def _largest(trace: Trace, step: Step) -> list[int] | None:
    values = trace.values.get(step.name)
    if step.is_input or values is None or not values[0].size:
        return None
    numbers = np.nan_to_num(values[0].astype(np.float64), nan=-np.inf)
    return [int(place) for place in np.unravel_index(int(numbers.argmax()), numbers.shape)]
