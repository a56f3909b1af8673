"""The layer scale (Touvron et al., "Going deeper with image transformers", 2021): every channel times a learned number.

    out[..., c] = in[..., c] · gamma[c]

c: channel, the last axis, or the first in channels-first files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dataflow_cli.layers import explaining
from dataflow_cli.layers.base import Parameter, SameShape
from dataflow_cli.layers.bases.channels import Channels
from dataflow_cli.layers.fields import Number, option
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.layers.explaining.explanation import Explanation
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes


@dataclass(frozen=True, kw_only=True)
class LayerScale(SameShape, Channels):
    """Every channel times a learned number."""

    type: ClassVar[str] = "layer_scale"
    torch_rows: ClassVar[frozenset[str]] = frozenset({"gamma"})
    init_values: float = option(Number(), "what the numbers start as", 1e-6)

    def output_shape(self, inputs: Shapes) -> Shape:
        self.check_channels(inputs[0])
        return super().output_shape(inputs)

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        return {"gamma": Parameter((inputs[0][self.channels_axis(len(inputs[0]))],), fill=self.init_values)}

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        x = inputs[0]
        along = [1] * (x.ndim - 1)
        along[self.channels_axis(x.ndim - 1)] = -1
        result: Array = x * parameters["gamma"].reshape(along)
        return result

    def explain(self, at: Shape, inputs: Arrays, parameters: Parameters) -> Explanation:
        channel = (at[self.channels_axis(len(at))],)
        gamma = explaining.uses(parameters, ("gamma",), channel)["gamma"]
        start = explaining.moved(at, inputs, at)
        x = start.total
        result = start.then(f"times gamma[{channel[0]}]", "{} · {}", (x, gamma.value), x * gamma.value, gamma)
        result = explaining.split(result, gamma.value, x)
        return result if gamma.value else result.cut_off("gamma is 0: the input plays no part.")
