"""Where the channels stand among the axes of a sample: last, (height, width, channels), or first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflow_cli.errors import LayerError
from dataflow_cli.layers.axes import spatial_axes
from dataflow_cli.layers.base import Layer, normalized_axis
from dataflow_cli.layers.fields import Choice, option
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.shapes import Shape, Shapes

DATA_FORMAT = Choice(("channels_last", "channels_first"))


def format_beside_axis() -> Any:
    """The field of a kind that goes along an `axis` of its own, whatever the format is."""
    told = "where the channels stand, for the receptive field; `axis` does not follow it"
    return option(DATA_FORMAT, told, "channels_last")


@dataclass(frozen=True, kw_only=True)
class Channels(Layer):
    """Base of kinds that tell channels from other axes."""

    data_format: str = option(
        DATA_FORMAT, "where the channels stand: (height, width, channels) or first", "channels_last"
    )

    @property
    def channels_first(self) -> bool:
        """Whether the channels stand before the spatial axes."""
        return self.data_format == "channels_first"

    def channels_axis(self, dimensions: int) -> int:
        return 0 if self.channels_first else dimensions - 1

    def axis_or_channels(self, axis: int | None, shape: Shape) -> int:
        """The axis of one sample, from 0, that a field means, N counted as 0; without one that of the channels.

        Raises LayerError if the input does not have it.
        """
        if axis is None and shape:
            return self.channels_axis(len(shape))
        return normalized_axis(-1 if axis is None else axis, len(shape), self.type)

    def sees(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        """Where the layer has its channels a tensor may have an axis of space, all of which it mixes then."""
        first = self.channels_first
        return self.receptive_field(
            [each.whole() if each.axes and each.channels_first != first else each for each in seen], inputs
        )

    def check_channels(self, shape: Shape) -> None:
        """Raises LayerError for a single number, which has no channels."""
        if not shape:
            hint = "reshape it to [1] before"
            raise LayerError(f"{self.type} takes a tensor with channels, found a single number", hint=hint)

    def names(self, dimensions: int) -> tuple[str, ...]:
        """The names of the axes of a sample of so many dimensions."""
        if dimensions <= 1:
            return ("features",)[:dimensions]
        spatial = spatial_axes(dimensions - 1)
        return ("channels", *spatial) if self.channels_first else (*spatial, "channels")

    def axes(self, dimensions: int, *, channels_first: bool) -> tuple[str, ...]:
        return tuple(name.removesuffix("s") for name in self.names(dimensions))
