"""Scaled dot-product attention: every query's weighted sum of values, by how well their keys fit.

    scores[n, h, t, s]  = scale · Σ_k  q[n, t, h, k] · k[n, s, g, k]
    capped[n, h, t, s]  = cap · tanh(scores / cap), where there is a cap
    weights[n, h, t, s] = exp(capped) / Σ_s exp(capped), over the keys that are allowed
    out[n, t, h, v]     = Σ_s  weights[n, h, t, s] · v[n, s, g, v]

n: sample; t: query; s: key; h: head of the queries; g: head of keys and values, which H / G heads of queries share.
"""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import TYPE_CHECKING

from dataflow_cli.kernels.elementwise import COST
from dataflow_cli.kernels.running.job import Job, result
from dataflow_cli.kernels.running.scratch import scratch
from dataflow_cli.kernels.running.tiles import tiles
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.tiles import Tile
    from dataflow_cli.shapes import Array

Three = tuple["Array", "Array", "Array"]
"""Queries (N, queries, heads, key width), keys (N, keys, groups, key width), values (N, keys, groups, value width)."""
MODERATE = 60
"""Scores that come no further from 0 have exponentials, and sums of them, that float32 holds as exactly as others."""
SCORES = 2**17
"""Scores that are worked out at a time: they stay in the processor's cache."""


@dataclass(frozen=True, eq=False)
class Visible:
    """Which keys a query looks at. Arrays are (N or 1, heads or 1, queries or 1, keys or 1)."""

    causal: bool = False
    """Only those up to its own place."""
    before: int | None = None
    """Only those at most so many places before it."""
    behind: int | None = None
    """Only those at most so many places behind it."""
    offset: int = 0
    """The place of the first query among the keys."""
    allowed: Array | None = None
    """Only those where it is true."""
    added: Array | None = None
    """What is added to the scores."""
    blind_takes: bool = True
    """Whether a query that sees no key takes from all alike, as in Keras; else it takes nothing, as in ONNX."""

    @property
    def shows_all(self) -> bool:
        """Whether every query sees every key."""
        by_place = self.causal or self.before is not None or self.behind is not None
        return not by_place and self.allowed is None and self.added is None

    def between(self, queries: slice, keys: slice) -> Array | None:
        """Booleans (queries, keys): what the places alone allow; None where that is all."""
        if not self.causal and self.before is None and self.behind is None:
            return None
        apart = np.arange(queries.start, queries.stop)[:, None] + self.offset - np.arange(keys.start, keys.stop)
        seen = [apart >= 0] if self.causal else []
        seen += [apart <= self.before] if self.before is not None else []
        seen += [-apart <= self.behind] if self.behind is not None else []
        return np.logical_and.reduce(seen) if seen and not np.all(seen) else None

    def hide(self, some: Array, place: Tile, keys: slice) -> None:
        """Add what is added to scores (n, groups, heads of a group, queries, keys) of some samples, groups and queries,
        and make those of keys that are not seen minus infinity.
        """
        if self.added is not None:
            some += _part(self.added, some.shape, place, keys)
        seen = self.between(place[-1], keys)
        if self.allowed is not None:
            allowed = _part(self.allowed, some.shape, place, keys)
            seen = allowed if seen is None else seen & allowed
        if seen is not None:
            np.copyto(some, -np.inf, where=~seen)
            if self.blind_takes:
                np.copyto(some, 0, where=~seen.any(axis=-1, keepdims=True))

    def keys(self, rows: slice, count: int) -> slice:
        """Those of `count` keys that any of the queries can see."""
        cut = self.causal and self.before is None and self.behind is None and self.allowed is None
        return slice(0, min(rows.stop + self.offset, count) if cut else count)


def attend(three: Three, scale: float, visible: Visible, engine: Engine | None = None, *, cap: float = 0.0) -> Array:
    """What the queries take: (N, queries, heads, value width)."""
    return attend_job(three, scale, visible, engine=engine, cap=cap).done()


def attend_job(
    three: Three,
    scale: float,
    visible: Visible,
    out: Array | None = None,
    *,
    engine: Engine | None = None,
    cap: float = 0.0,
) -> Job:
    """The same as work that can be done again, into `out`, if that is given."""
    q, k, v = three
    samples, queries, heads, _ = q.shape
    keys, groups = k.shape[1:3]
    out = result(out, (samples, queries, heads, v.shape[-1]), q.dtype)
    by_group = _by_group(q, groups), _by_group(k, groups).swapaxes(-1, -2), _by_group(v, groups), _by_group(out, groups)
    each = max(SCORES // max(keys * heads // groups, 1), 1)
    places = tiles((samples, groups, queries), each)
    tasks = [partial(_attend, by_group, (scale, cap), visible, place) for place in places]
    operations = samples * heads * queries * keys * (q.shape[-1] + v.shape[-1] + COST)
    return Job(engine, out, tasks, operations)


def _by_group(x: Array, groups: int) -> Array:
    """What is (N, places, heads, numbers) as (N, groups, heads of a group, places, numbers)."""
    samples, places, heads, width = x.shape
    return x.reshape(samples, places, groups, heads // groups, width).transpose(0, 2, 3, 1, 4)


def _attend(by_group: tuple[Array, ...], scale_and_cap: tuple[float, float], visible: Visible, place: Tile) -> None:
    """Some of the queries, of some groups of heads of some samples."""
    samples, groups, rows = place
    scale, cap = scale_and_cap
    q, k, v, out = (x[samples, groups] for x in by_group)
    q, out, keys = q[..., rows, :], out[..., rows, :], visible.keys(rows, k.shape[-1])
    scaled = np.multiply(q, q.dtype.type(scale), out=scratch("queries", q.shape, q.dtype))
    some = scratch("scores", (*q.shape[:-1], keys.stop), q.dtype)
    np.matmul(scaled, k[..., keys], out=some)
    total = _softened(capped(some, cap), visible, place, keys)
    np.matmul(some, v[..., keys, :], out=out)
    np.multiply(out, np.reciprocal(total, out=total), out=out)


def scores(q: Array, k: Array, scale: float) -> Array:
    """The scores (N, heads, queries, keys) before any mask."""
    samples, queries, heads, width = q.shape
    groups = k.shape[2]
    grouped = (q * q.dtype.type(scale)).reshape(samples, queries, groups, heads // groups, width)
    found: Array = np.matmul(grouped.transpose(0, 2, 3, 1, 4), k.transpose(0, 2, 3, 1)[:, :, None])
    return found.reshape(samples, heads, queries, k.shape[1])


def summing(q: Array, k: Array, scale: Array) -> Array:
    """The scores (N, 1, queries, keys) of one head as sums: Σ_k scale[k] · tanh(q[n, t, 0, k] + k[n, s, 0, k])."""
    out = np.empty((len(q), 1, q.shape[1], k.shape[1]), q.dtype)
    rows = max(SCORES // max(k.shape[1] * k.shape[-1], 1), 1)
    for sample, first in product(range(len(q)), range(0, q.shape[1], rows)):
        some = slice(first, first + rows)
        together = q[sample, some, 0, None] + k[sample, None, :, 0]
        np.matmul(np.tanh(together, out=together), scale, out=out[sample, 0, some])
    return out


def taken(found: Array, v: Array) -> Array:
    """The sums (N, queries, heads, value width) of the values by the weights (N, heads, queries, keys)."""
    samples, heads, queries, keys = found.shape
    groups = v.shape[2]
    grouped = found.reshape(samples, groups, heads // groups, queries, keys)
    sums = np.matmul(grouped, v.transpose(0, 2, 1, 3)[:, :, None]).reshape(samples, heads, queries, v.shape[-1])
    return np.ascontiguousarray(sums.transpose(0, 2, 1, 3))


def capped(some: Array, cap: float) -> Array:
    """Scores that come no further from 0 than the cap, in their place; as they are without one."""
    if cap:
        some /= some.dtype.type(cap)
        np.tanh(some, out=some)
        some *= some.dtype.type(cap)
    return some


def hidden(found: Array, visible: Visible) -> Array:
    """The scores (N, heads, queries, keys) with the masks, in their place: minus infinity where a key is not seen."""
    samples, heads, queries, keys = (slice(0, length) for length in found.shape)
    visible.hide(found[:, :, np.newaxis], (samples, heads, queries), keys)
    return found


def weights(found: Array, visible: Visible) -> Array:
    """What the scores (N, heads, queries, keys) become, in their place: for each query they sum to 1."""
    hidden(found, visible)
    found /= _exponentials(found, blind_takes=visible.blind_takes)
    return found


def _part(mask: Array, shape: tuple[int, ...], place: Tile, keys: slice) -> Array:
    """What of a mask is for scores of this shape (n, groups, heads of a group, queries, keys), so that it broadcasts;
    an axis of length 1 stands for all.
    """
    heads = mask.shape[1]
    one = mask.reshape(len(mask), heads // shape[2] or 1, min(heads, shape[2]), *mask.shape[2:])
    samples, groups, rows = place
    for axis, some in ((0, samples), (1, groups), (3, rows), (4, keys)):
        if one.shape[axis] > 1:
            one = one[(slice(None),) * axis + (some,)]
    return one


def _softened(some: Array, visible: Visible, place: Tile, keys: slice) -> Array:
    """What scores become in their place before they are divided by their sums, which it returns.

    To find the largest of every row, and to take it off, takes longer than the exponentials themselves; where all
    scores are moderate, it changes nothing. Not so with a single key: its weight is 1 to the last bit, whatever the
    score, if that is taken off.
    """
    several = visible.shows_all and some.shape[-1] > 1
    if several and some.min(initial=0) > -MODERATE and some.max(initial=0) < MODERATE:
        np.exp(some, out=some)
        return _sums(some, blind_takes=True)
    visible.hide(some, place, keys)
    return _exponentials(some, blind_takes=visible.blind_takes, as_they_are=several)


def _sums(some: Array, *, blind_takes: bool) -> Array:
    """Exponentials (..., keys) added up: (..., 1); 1 for those of a query that takes nothing."""
    rows = some.reshape(-1, some.shape[-1])
    total: Array = np.matmul(rows, np.ones(some.shape[-1], some.dtype)).reshape(*some.shape[:-1], 1)
    return total if blind_takes else np.where(total == 0, 1, total)


def _exponentials(some: Array, *, blind_takes: bool, as_they_are: bool = False) -> Array:
    """Their exponentials, in their place, relative to the largest along the last axis; and the sums of them.

    Rows of moderate scores can be taken `as_they_are`: what becomes of a row depends on nothing but the row.
    """
    largest = some.max(axis=-1, keepdims=True)
    taken = largest if blind_takes else np.where(np.isneginf(largest), 0, largest)
    if as_they_are:
        moderate = (largest < MODERATE) & (some.min(axis=-1, keepdims=True) > -MODERATE)
        taken = np.where(moderate, some.dtype.type(0), taken)
    np.subtract(some, taken, out=some)
    np.exp(some, out=some)
    return _sums(some, blind_takes=blind_takes)
