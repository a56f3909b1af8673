"""Layers over space: inputs with one, two or three spatial axes and channels, in either data format."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.errors import LayerError
from dataflow_cli.layers import receptive_fields
from dataflow_cli.layers.bases.channels import Channels
from dataflow_cli.layers.bases.per_rank import with_fields_of_rank
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass
from dataflow_cli.shapes import Shape, Shapes, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflow_cli.layers.explaining.taking import Index
    from dataflow_cli.layers.receptive_fields.links import Link
    from dataflow_cli.layers.receptive_fields.receptive_field import ReceptiveField
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.shapes import Array


@dataclass(frozen=True, kw_only=True)
class Spatial(Channels):
    """Base of kinds that tell spatial axes from channels."""

    rank: ClassVar[int]
    """The number of spatial axes."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "rank" in cls.__dict__:
            with_fields_of_rank(cls, cls.rank)

    @property
    def has_sequences(self) -> bool:
        return self.rank == 1

    def split(self, inputs: Shapes) -> tuple[Shape, int]:
        """The spatial lengths and the number of channels of the input. Raises LayerError if it has other axes."""
        shape = tuple(inputs[0])
        if len(shape) != self.rank + 1:
            names = ", ".join(self.axis_names())
            raise LayerError(
                f"{self.type} takes {self.rank + 1} dimensions ({names}), found {written(shape)}",
                hint=_HINTS.get(len(shape), "add a reshape layer before it"),
                wanted=f"({names})",
            )
        return (shape[1:], shape[0]) if self.channels_first else (shape[:-1], shape[-1])

    def join(self, lengths: Shape, channels: int) -> Shape:
        """The shape with these spatial lengths and channels, in the layer's data format."""
        return (channels, *lengths) if self.channels_first else (*lengths, channels)

    def links(self, lengths: Shape) -> tuple[Link, ...] | None:
        """How each spatial axis of the output hangs on an input of these lengths; None: on all of it."""
        return None

    def receptive_field(self, seen: Sequence[ReceptiveField], inputs: Shapes) -> ReceptiveField:
        links = self.links(self.split(inputs)[0])
        return seen[0].whole() if links is None else seen[0].through(links)

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        lengths, channels = self.split(inputs)
        mixed = self.feeding_channels(np.moveaxis(wanted, 0, -1) if self.channels_first else wanted, channels)
        links = self.links(lengths)
        if links is None:
            fed = np.broadcast_to(mixed.reshape(-1, channels).any(axis=0), (*lengths, channels))
        else:
            fed = receptive_fields.feeding.linked(mixed, links, lengths)
        return [np.moveaxis(fed, -1, 0) if self.channels_first else fed]

    def feeding_channels(self, wanted: Array, channels: int) -> Array:
        """Of so many channels (*positions, channels) those that feed the wanted ones of the output."""
        return wanted

    def in_order(self, *, inputs: bool) -> bool:
        return not self.channels_first

    def apart(self, at: Shape) -> tuple[Shape, int]:
        """The spatial part and the channel of the index of an element."""
        return (at[1:], at[0]) if self.channels_first else (at[:-1], at[-1])

    def index(self, spatial: Sequence[Index], channel: Index) -> tuple[Index, ...]:
        """The index, in the layer's data format, of places on the spatial axes and on the channels."""
        return (channel, *spatial) if self.channels_first else (*spatial, channel)

    def axis_names(self) -> tuple[str, ...]:
        """The names of a sample's axes in the layer's data format."""
        return self.names(self.rank + 1)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        from dataflow_cli.layers.torch_order import channels_in_front

        orders[0].aligned(inputs[0])
        return channels_in_front(self.rank + 1, first=self.channels_first)

    def to_last(self, array: Array) -> Array:
        """A view (N, *spatial, channels) of an array in the layer's data format."""
        return np.moveaxis(array, 1, -1) if self.channels_first else array

    def from_last(self, array: Array) -> Array:
        """A view in the layer's data format of an array (N, *spatial, channels)."""
        return np.moveaxis(array, -1, 1) if self.channels_first else array


_HINTS = {
    1: "a flattened tensor has no height and width: put this layer before flatten, or add reshape",
    2: "add a channels axis: an input of shape [28, 28] is written [28, 28, 1]",
}
