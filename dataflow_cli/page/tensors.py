"""The tensors that go into a page: each once, as exact as there is room for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.lazy import np
from dataflow_cli.page.encoding import packed

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from dataflow_cli.shapes import Array

HALF_LARGEST, HALF_SMALLEST = 2.0**15, 2.0**-10
"""What float16 holds well; a tensor of other sizes is stored as a part of its largest number."""
_FRAME = 160
"""Bytes of the element around a tensor, and of what the manifest says of it, about."""


class Tensors:
    """Numbered tensors, packed. `half` stores what is of floating point as float16, which rounds it."""

    def __init__(self, *, half: bool = False) -> None:
        self.half = half
        self.told: list[dict[str, Any]] = []
        """What the manifest says of each; the same numbers in another shape are of one text."""
        self.texts: list[str] = []
        self._texts: dict[str, int] = {}
        self._known: dict[Hashable, int] = {}
        self._packed: dict[Hashable, tuple[dict[str, Any], str]] = {}

    @property
    def size(self) -> int:
        """Bytes of all of them in the page."""
        return sum(len(text) + _FRAME for text in self.texts)

    def holds(self, key: Hashable) -> bool:
        """Whether it is one of them."""
        return key in self._known

    def number(self, key: Hashable) -> int:
        """The number of one of them."""
        return self._known[key]

    def cost(self, key: Hashable, make: Callable[[], Array], *, exact: bool = False) -> int:
        """How many bytes more the page would have with this tensor."""
        return 0 if key in self._known else len(self._pack(key, make, exact=exact)[1]) + _FRAME

    def add(self, key: Hashable, make: Callable[[], Array], *, exact: bool = False, **more: Any) -> int:
        """The number of a tensor that is called `key` here, and made when it is first asked for.

        `exact` keeps its type whatever there is room for; `more` is what else the manifest says of it.
        """
        if key not in self._known:
            told, text = self._pack(key, make, exact=exact)
            self._known[key] = len(self.told)
            number = self._texts.setdefault(text, len(self.texts))
            if number == len(self.texts):
                self.texts.append(text)
            self.told.append({**told, "text": number, **more})
            self._packed.pop(key, None)
        return self._known[key]

    def _pack(self, key: Hashable, make: Callable[[], Array], *, exact: bool) -> tuple[dict[str, Any], str]:
        if key not in self._packed:
            self._packed[key] = _stored(make(), half=self.half and not exact)
        return self._packed[key]


def _stored(array: Array, *, half: bool) -> tuple[dict[str, Any], str]:
    """What the manifest says of a tensor, and its text."""
    shape = list(array.shape)
    flat = array.reshape(-1)
    if flat.dtype.kind not in "fc":
        narrow = np.int32 if not flat.size or np.abs(flat.astype(np.float64)).max() < 2**31 else np.float64
        return {"shape": shape, "type": np.dtype(narrow).name, "rounded": False}, packed(flat.astype(narrow))
    if not half:
        wide = flat if flat.dtype in (np.float32, np.float64) else flat.astype(np.float32)
        return {"shape": shape, "type": wide.dtype.name, "rounded": False}, packed(wide)
    scale = _scale(flat)
    rounded = (flat.astype(np.float64) / scale).astype(np.float16)
    told = {"shape": shape, "type": "float16", "rounded": not _same(rounded, flat, scale)}
    return told | ({"scale": scale} if scale != 1 else {}), packed(rounded)


def _scale(flat: Array) -> float:
    """What a tensor is divided by, so that float16 holds it: a power of two."""
    finite = np.abs(flat[np.isfinite(flat)])
    largest = float(finite.max()) if finite.size else 0.0
    if largest == 0 or HALF_SMALLEST < largest < HALF_LARGEST:
        return 1.0
    return float(2.0 ** np.floor(np.log2(largest)))


def _same(rounded: Array, flat: Array, scale: float) -> bool:
    return np.array_equal(rounded.astype(np.float64) * scale, flat.astype(np.float64), equal_nan=True)
