"""The dropout layers, as they work after training: the identity.

In training they set a random part (`rate`) of the elements, or of the channels, to 0 and scale the others by
1 / (1 - rate), so that their expected value stays. That is why nothing is left to do when the network is used:
out = in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.layers.bases.spatial import Spatial
from dataflow_cli.layers.fields import Number, option
from dataflow_cli.layers.regularization.hands_on import HandsOn
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.shapes import Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class Dropout(HandsOn):
    """Drops elements at random in training; after it, the identity."""

    type: ClassVar[str] = "dropout"
    only: ClassVar[str] = "elements are dropped in training only"
    rate: float = option(Number(0, maximum=1), "the part of the elements that training sets to 0")


@dataclass(frozen=True, kw_only=True)
class AlphaDropout(HandsOn):
    """Dropout that keeps mean and variance, for selu; after training, the identity."""

    type: ClassVar[str] = "alpha_dropout"
    only: ClassVar[str] = "elements are set to selu's lowest value in training only"
    rate: float = option(Number(0, maximum=1), "the part of the elements that training sets to the lowest value")


@dataclass(frozen=True, kw_only=True)
class SpatialDropout(HandsOn, Spatial):
    """Base of dropout of whole channels."""

    only: ClassVar[str] = "channels are dropped in training only"
    rate: float = option(Number(0, maximum=1), "the part of the channels that training sets to 0")

    def output_shape(self, inputs: Shapes) -> Shape:
        self.split(inputs)
        return super().output_shape(inputs)


@dataclass(frozen=True, kw_only=True)
class SpatialDropout1D(SpatialDropout):
    """Drops channels of a signal or sequence in training; after it, the identity."""

    type: ClassVar[str] = "spatial_dropout1d"
    rank: ClassVar[int] = 1


@dataclass(frozen=True, kw_only=True)
class SpatialDropout2D(SpatialDropout):
    """Drops channels of a picture in training; after it, the identity."""

    type: ClassVar[str] = "spatial_dropout2d"
    rank: ClassVar[int] = 2


@dataclass(frozen=True, kw_only=True)
class SpatialDropout3D(SpatialDropout):
    """Drops channels of a volume in training; after it, the identity."""

    type: ClassVar[str] = "spatial_dropout3d"
    rank: ClassVar[int] = 3
