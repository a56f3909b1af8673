"""The account of one element as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.kernels.ranking import ranked
from dataflow_cli.layers.explaining.explanation import OWN, Block, Line
from dataflow_cli.lazy import np
from dataflow_cli.render.explanation import names
from dataflow_cli.render.explanation.answer import answer_lines
from dataflow_cli.render.explanation.document import Document, Part, Say, Step, Steps, Title
from dataflow_cli.render.explanation.layout import gathered, laid_out
from dataflow_cli.render.explanation.numbers import Numbers, all_whole
from dataflow_cli.render.explanation.planes import planes
from dataflow_cli.render.text import safe, shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflow_cli.explain.account import Account
    from dataflow_cli.render.explanation.options import Wanted


def element_document(account: Account, wanted: Wanted) -> Document:
    """What it is, where it looks, the blocks, the arithmetic that leads to the value."""
    numbers = numbers_for(account, wanted)
    parts: list[Part] = [Title(f"{names.element(account.subject.name, account.at)} = {numbers.one(account.value)}")]
    parts += heading(account)
    parts += [Say(move) for move in account.explanation.moves]
    parts += _shown_blocks(account, wanted, numbers)
    parts += _arithmetic(account, wanted, numbers)
    parts += [Say(note) for note in account.explanation.notes]
    parts += [Say(safe(account.unsound.words))] if account.unsound is not None else []
    parts += answer_lines(account.answer, account.subject, account.value, numbers)
    looked_at, _ = chosen(gathered(account.explanation.blocks), wanted.windows)
    seen = planes(account, looked_at[: wanted.windows])
    return Document(_joined(parts), tuple(_footnotes(account, wanted, numbers)), seen)


def _joined(parts: list[Part]) -> tuple[Part, ...]:
    """The parts, with the arithmetic of a single block and what follows it as one."""
    if sum(isinstance(part, Title) for part in parts) > 2:
        return tuple(parts)
    joined: list[Part] = []
    for part in parts:
        last = joined[-1] if joined else None
        if isinstance(part, Steps) and isinstance(last, Steps):
            joined[-1] = Steps((*last.steps, *part.steps))
        else:
            joined.append(part)
    return tuple(joined)


def heading(account: Account) -> Iterator[Say]:
    """Which element of what, and its receptive field."""
    subject, setting = account.subject, account.setting
    source = f" for {safe(setting.source)}" if setting.source else ""
    whole = "the input" if subject.is_input else "the output"
    what = f"its {safe(subject.inner)}" if subject.inner else whole
    where = f"{names.placed(account.axes, account.at)} of " if account.at else ""
    yield Say(f"{subject.type} of {safe(setting.network)}{source}: {where}{what} {shape(subject.output_shape)}")
    direct = {operand.name for operand in account.operands}
    for region in account.regions:
        if region.input not in direct:  # else the window itself says it
            yield Say(f"receptive field: {names.region(region)}")


def numbers_for(account: Account, wanted: Wanted) -> Numbers:
    """Without decimals if everything that goes in is whole."""
    blocks = account.explanation.blocks
    inputs = [value for block in blocks for value in (block.values, block.coefficients) if value is not None]
    used = [use.value for use in account.explanation.uses]
    small = sum(array.size for array in inputs) <= 10_000
    whole = small and all_whole([*used, *(value for array in inputs for value in array.reshape(-1).tolist())])
    return Numbers(wanted.precision, whole=whole)


def _shown_blocks(account: Account, wanted: Wanted, numbers: Numbers) -> Iterator[Part]:
    """The blocks in their order; of many windows only those that carry most, the largest first."""
    blocks = gathered(account.explanation.blocks)
    shown, hidden = chosen(blocks, wanted.windows)
    for block in shown:
        yield from laid_out(account, block, wanted, numbers)
    if hidden:
        carried = sum(float(block.contributions.sum()) for block in hidden)
        yield Say(f"{len(hidden)} other channels carry {numbers.one(carried)} together (--terms all shows them)")


def _arithmetic(account: Account, wanted: Wanted, numbers: Numbers) -> Iterator[Part]:
    """Where elements were taken from and the lines, with what the layer worked out itself between them."""
    steps = list(_origins(account, numbers))
    lines = [_step(line, wanted, numbers) for line in account.explanation.lines]
    done = 0
    hidden = _hidden_heads(account.explanation.blocks, wanted.windows)
    for block in account.explanation.blocks:
        if block.input == OWN and block not in hidden:
            steps += lines[done : block.after]
            done = block.after
            yield from [Steps(tuple(steps))] if steps else []
            yield from laid_out(account, block, wanted, numbers)
            steps = []
    if hidden:
        rest = numbers.one(sum(block.subtotal for block in hidden))
        yield Say(f"{len(hidden)} other heads give {rest} together (--terms all shows them)")
    steps += lines[done:]
    yield from [Steps(tuple(steps))] if steps else []


def _hidden_heads(blocks: Sequence[Block], most: int) -> list[Block]:
    """What is not shown of the looks of many heads: those that give least."""
    heads = [block for block in blocks if block.input == OWN and block.columns and block.recalled is None]
    if len(heads) <= most:
        return []
    return [heads[place] for place in ranked(np.abs(np.array([block.subtotal for block in heads])))[most:]]


def chosen(blocks: Sequence[Block], most: int) -> tuple[list[Block], list[Block]]:
    """The blocks of inputs that are shown, and those that are not."""
    mine = [block for block in blocks if block.input != OWN]
    if len(mine) <= most or mine[0].kind == "element":
        return mine, []
    sizes = np.array([float(block.contributions.sum()) for block in mine])
    order = [mine[place] for place in ranked(np.abs(sizes))]
    return order[:most], order[most:]


def _origins(account: Account, numbers: Numbers) -> Iterator[Step]:
    """Where elements were taken from that went in as they are."""
    for block in account.explanation.blocks:
        if block.kind == "element":
            place = block.places.reshape(-1).tolist()
            only = block.input != OWN and len(account.operands) == 1
            name = "from" if block.name == "element" or only else block.name
            yield Step(name, names.element(names.source(account, block), place), numbers.one(block.subtotal))
    if not account.explanation.blocks and not account.explanation.lines:
        yield Step("padding", "", numbers.one(0.0))


def _step(line: Line, wanted: Wanted, numbers: Numbers) -> Step:
    if line.expression:
        formula = numbers.filled(line.expression, line.numbers)
        result = numbers.one(line.value)
        return Step(line.name, "" if formula == result else formula, result)
    return Step(line.name, _sum(line.numbers, wanted, numbers), numbers.one(line.value))


def _sum(values: Sequence[float], wanted: Wanted, numbers: Numbers) -> str:
    """A sum in full, or its largest summands and the rest."""
    most = max(wanted.windows, 3) if len(values) > 12 else 12
    if len(values) <= most:
        return numbers.sum(values)
    order = ranked(np.abs(np.array(values))).tolist()
    rest = float(np.sum([values[place] for place in order[most:]]))
    return f"{numbers.sum([*(values[place] for place in order[:most]), rest])} ({len(values) - most} others)"


def _footnotes(account: Account, wanted: Wanted, numbers: Numbers) -> Iterator[str]:
    blocks = account.explanation.blocks
    if any(not block.inside.all() for block in blocks):
        averaged = any(block.combine in ("max", "min", "mean") for block in blocks)
        yield "· is padding: it takes no part" if averaged else "· is padding: 0"
    prepared = account.explanation.lines if account.subject.is_input else ()
    if not numbers.whole or not all_whole(line.value for line in prepared):
        yield f"shown with {wanted.precision} decimals, computed in full"
    yield from account.remarks
