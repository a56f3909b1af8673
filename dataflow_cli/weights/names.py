"""Which name in a file each parameter has, and which way round its tensor lies there."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection

    from dataflow_cli.netfile.model import WeightsSpec

TRANSPOSED = ".T"
"""Behind a name in `map:`: the tensor lies there with its axes the other way round than `layout` says."""
TORCH_NAMES = {
    "kernel": ("weight", "weight_ih_l0"),
    "recurrent_kernel": ("weight_hh_l0",),
    "bias": ("bias", "bias_ih_l0"),
    "forward_kernel": ("weight_ih_l0",),
    "forward_recurrent_kernel": ("weight_hh_l0",),
    "forward_bias": ("bias_ih_l0",),
    "backward_kernel": ("weight_ih_l0_reverse",),
    "backward_recurrent_kernel": ("weight_hh_l0_reverse",),
    "backward_bias": ("bias_ih_l0_reverse",),
    "embeddings": ("weight",),
    "alpha": ("weight",),
    "gamma": ("weight",),
    "scale": ("weight",),
    "beta": ("bias",),
    "moving_mean": ("running_mean",),
    "moving_variance": ("running_var",),
    "position_embeddings": ("weight",),
    "query_kernel": ("in_proj_weight", "q_proj_weight", "q_proj.weight"),
    "key_kernel": ("in_proj_weight", "k_proj_weight", "k_proj.weight"),
    "value_kernel": ("in_proj_weight", "v_proj_weight", "v_proj.weight"),
    "query_bias": ("in_proj_bias", "q_proj.bias"),
    "key_bias": ("in_proj_bias", "k_proj.bias"),
    "value_bias": ("in_proj_bias", "v_proj.bias"),
    "output_kernel": ("out_proj.weight", "o_proj.weight"),
    "output_bias": ("out_proj.bias", "o_proj.bias"),
}
"""What PyTorch's modules, or those of models made of them, call a parameter, where it is not what we do."""


@dataclass(frozen=True)
class StoredNames:
    """The names in a file that holds `names`, by what a network file says of them."""

    spec: WeightsSpec
    names: Collection[str]

    def of(self, layer: str, parameter: str) -> str:
        """The name that a parameter has there, or what it should have."""
        mapped = self.spec.stored_name(layer, parameter)
        stored = self._without_mark(mapped)
        if stored in self.names or self.spec.layout != "torch":
            return stored
        written = mapped != f"{layer}/{parameter}"
        theirs = self._renamed(stored, parameter) if written else self._by_torch(layer, parameter)
        return next((name for name in theirs if name in self.names), stored)

    def transposed(self, layer: str, parameter: str) -> bool:
        """Whether `map:` says that its tensor lies the other way round."""
        mapped = self.spec.stored_name(layer, parameter)
        return self._without_mark(mapped) != mapped

    def _without_mark(self, mapped: str) -> str:
        """A name of a map as it stands in the file; a tensor that is called so has no mark."""
        return mapped if mapped in self.names else mapped.removesuffix(TRANSPOSED)

    def _by_torch(self, layer: str, parameter: str) -> list[str]:
        """PyTorch's names, where the network file says none."""
        there = layer.replace("/", ".")
        return [f"{there}.{name}" for name in TORCH_NAMES.get(parameter, (parameter,))]

    def _renamed(self, stored: str, parameter: str) -> list[str]:
        """A name of a map with the prefix of this file, and with our word for the parameter: gamma, as it once was."""
        module, _, word = stored.rpartition(".")
        words = (word, parameter) if word in TORCH_NAMES.get(parameter, ()) else (word,)
        return [f"{prefix}{module}.{each}" for prefix in ("", *self._prefixes) for each in words]

    @cached_property
    def _prefixes(self) -> tuple[str, ...]:
        """The one word before all names that a map says, if there is one: `bert.`, `transformer.`."""
        said = {name.removesuffix(TRANSPOSED) for name in self.spec.map.values() if "*" not in name}
        found = {name.partition(".")[0] for name in self.names if name.partition(".")[2] in said}
        return tuple(f"{word}." for word in found) if len(found) == 1 else ()
