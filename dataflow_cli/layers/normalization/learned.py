"""What normalizations with a learned scale and shift share: before those there is the normalized tensor itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from dataflow_cli.layers.base import Layer
from dataflow_cli.layers.fields import Boolean, option
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflow_cli.shapes import Parameters


@dataclass(frozen=True, kw_only=True)
class Learned(Layer):
    """Base of normalizations that may end with `gamma` and `beta`."""

    insides: ClassVar[Mapping[str, str]] = {"normalized": "the result before gamma and beta"}
    center: bool = option(Boolean(), "whether beta is added", True)
    scale: bool = option(Boolean(), "whether the result is multiplied by gamma", True)

    @property
    def inner_tensors(self) -> Mapping[str, str]:
        return self.insides if self.scale or self.center else {}

    def inside(self, name: str) -> Layer:
        ended: Any = self
        layer: Layer = replace(ended, center=False, scale=False)
        return layer

    def own(self, parameters: Parameters) -> Parameters:
        """The parameters of a layer that may end before gamma and beta: without those that come after it."""
        later = {name for name, there in (("gamma", self.scale), ("beta", self.center)) if not there}
        return {name: values for name, values in parameters.items() if name not in later} if later else parameters
