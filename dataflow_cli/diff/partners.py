"""Which tensor of the other side is whose, and how it stands beside ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflow_cli.diff.before_activation import activated
from dataflow_cli.diff.layouts import best, layouts
from dataflow_cli.diff.order import flattened, is_read

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from dataflow_cli.diff.captured import Captured
    from dataflow_cli.diff.layouts import Layout
    from dataflow_cli.diff.run import Run
    from dataflow_cli.shapes import Array


class Partners:
    """Pairs of our tensors and the other side's, by our names. Those `before` are sums, before the activation."""

    def __init__(
        self, run: Run, other: Captured, names: Mapping[str, str], before: Collection[str] = frozenset()
    ) -> None:
        self.run, self.other = run, other
        self.names = dict(names)
        self.before = frozenset(before)
        self._ways: dict[str, Layout | None] = {}

    def having(self, names: Mapping[str, str], before: Collection[str] | None = None) -> Partners:
        """Others in their place."""
        return Partners(self.run, self.other, names, self.before if before is None else before)

    def without(self, names: Collection[str]) -> Partners:
        """The same but for some of ours, which have none then."""
        return self.having({name: b for name, b in self.names.items() if name not in names})

    def captured(self, name: str) -> Array | None:
        """The other side's tensor in our order; None if there is none of that name, or of its shape."""
        if name not in self.names:
            return None
        array = self.other[self.names[name]]
        if name not in self._ways:
            self._ways[name] = self._way(name, array)
        way = self._ways[name]
        found = None if way is None else way.ours(array)
        return activated(self.run.network.by_name[name], found) if name in self.before and found is not None else found

    def _way(self, name: str, array: Array) -> Layout | None:
        """How the other side's tensor stands: of several ways the nearest to ours, if we have it."""
        before = flattened(self.run, name)
        if name in self.run.values:
            return best(array.shape, self.run.values[name], array, before, is_read=is_read(self.run))
        return next(layouts(array.shape, self.run.shapes[name], before), None)

    def misshapen(self, name: str) -> Array | None:
        """The other side's tensor, once it was asked for, whose shape no order of axes explains."""
        return self.other[self.names[name]] if name in self.names and self._ways[name] is None else None

    def layout(self, name: str) -> str:
        """How the other side's tensor was brought to ours, in words."""
        way = self._ways.get(name)
        function = self.run.network.by_name[name].layer.result_activation if name in self.before else None
        said = [way.said if way else "", f"before its {function.type}" if function else ""]
        return ", ".join(filter(None, said))
