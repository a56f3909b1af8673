"""What went into both sides: if that differs, nothing else is to be said but how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.diff.budget import STORED
from dataflow_cli.diff.model import Cause
from dataflow_cli.diff.storing import stored_as
from dataflow_cli.lazy import np

if TYPE_CHECKING:
    from dataflow_cli.shapes import Array

ALLOWED = 2.0**-20
"""Of an input's scale: one rounding of its preparation, done in another order."""
FITS = 1e-4
"""Of the scale: how close a rule must come to explain an input."""


def apart(ours: Array, theirs: Array, stored: str = "", own: str = "") -> Array:
    """Which elements of an input differ by more than a rounding, also to the types that both are stored in."""
    scale = float(np.max(np.abs(ours), initial=0.0)) or 1.0
    exact = ours.astype(np.float64)
    step = STORED.get(stored or stored_as(theirs), 0.0) + STORED.get(own, 0.0)
    allowed = ALLOWED * scale + step * np.abs(exact)
    with np.errstate(all="ignore"):
        close = (np.abs(exact - theirs) <= allowed) | (exact == theirs) | (np.isnan(ours) & np.isnan(theirs))
    found: Array = ~close
    return found


def cause(ours: Array, theirs: Array, channel: int) -> Cause | None:
    """How an input of the other side follows from ours, (N, *shape) both; None if no rule is known."""
    if ours.ndim > 2 and ours.shape[channel] == 3 and not apart(np.flip(ours, channel), theirs).any():
        return Cause(
            "the channels stand in the other order: RGB in one, BGR in the other", "write `channel_order: bgr`"
        )
    line = _line(ours.astype(np.float64).ravel(), theirs.astype(np.float64).ravel())
    return None if line is None else _called(*line)


def _line(x: Array, y: Array) -> tuple[float, float] | None:
    """Slope and offset, if one is the other scaled and moved."""
    if x.size < 2 or not (np.isfinite(x).all() and np.isfinite(y).all()) or x.std() == 0:
        return None
    slope = float(((x - x.mean()) * (y - y.mean())).mean() / x.var())
    offset = float(y.mean() - slope * x.mean())
    scale = float(np.max(np.abs(y))) or 1.0
    return (slope, offset) if slope and np.abs(slope * x + offset - y).max() <= FITS * scale else None


def _called(slope: float, offset: float) -> Cause:
    if abs(slope - 255) < 0.1 or abs(slope - 1 / 255) < 1e-5:
        side, other = ("B", "A") if slope > 1 else ("A", "B")
        return Cause(f"{side} takes 0..255, {other} divides by 255", f"scale the input of {side} by 1/255")
    if slope < 0:
        return Cause(f"B's input is the negative of A's: {slope:.6g} x {offset:+.6g}", "use --input-invert on one side")
    return Cause(f"B's input is A's scaled: {slope:.6g} x {offset:+.6g}", "prepare both in the same way")
