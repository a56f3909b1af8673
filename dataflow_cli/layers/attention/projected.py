"""Attention with heads: projections for every head, the look at the keys, and the projection of what they find."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from dataflow_cli import kernels
from dataflow_cli.layers.attention.attending import AttendingMasked
from dataflow_cli.layers.attention.looking import KEY, QUERY, THREE, VALUE, Looking, Sizes, shapes
from dataflow_cli.layers.base import Parameter
from dataflow_cli.layers.fields import Boolean, Optional, option
from dataflow_cli.layers.tiling import NO_TILES, Tiling, by_row
from dataflow_cli.lazy import np
from dataflow_cli.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflow_cli.kernels.attention import Three
    from dataflow_cli.kernels.running.engine import Engine
    from dataflow_cli.kernels.running.job import Job
    from dataflow_cli.layers.tiling import Work
    from dataflow_cli.layers.torch_order import Order
    from dataflow_cli.layers.torch_stored import Stored
    from dataflow_cli.shapes import Array, Arrays, Parameters, Shape, Shapes

GATE = "gate"
PARTS = {
    "query": "what every head asks of each place: (heads, queries, key_dim)",
    "key": "what every head finds each place by: (heads, keys, key_dim)",
    "value": "what every head takes from each place: (heads, keys, value_dim)",
    "scores": "query · key / √key_dim, before any mask: (heads, queries, keys)",
    "weights": "how much each query takes from each key, after mask and softmax: (heads, queries, keys)",
    "heads": "the sum of the values by these weights: (heads, queries, value_dim)",
    "gate": "what each of these sums is multiplied by, with `use_gate`: (heads, queries, value_dim)",
}


@dataclass(frozen=True, kw_only=True)
class ProjectedAttention(AttendingMasked, Looking):
    """Base of both: inputs are projected for every head, and what the heads give is projected together."""

    arity: ClassVar[tuple[int, int | None]] = (1, 4)
    insides: ClassVar[Mapping[str, str]] = PARTS
    use_bias: bool = option(Boolean(), "whether a bias is added to queries, keys, values and the output", True)
    use_output_bias: bool | None = option(
        Optional(Boolean()), "whether one is added to the output; null: as `use_bias` says. Qwen2 has none there", None
    )
    use_gate: bool = option(
        Boolean(), "whether what heads find is multiplied by a sigmoid of one more projection of the query", False
    )

    @property
    def per_head(self) -> Sizes:
        """How many heads there are, and how many numbers they have."""
        raise NotImplementedError

    def sizes(self, inputs: Shapes) -> Sizes:
        return self.per_head

    @property
    def inner_tensors(self) -> Mapping[str, str]:
        return {name: what for name, what in self.insides.items() if name != GATE or self.use_gate}

    @property
    def recalls(self) -> tuple[str, ...]:  # type: ignore[override]
        return ("heads", GATE) if self.use_gate else ("heads",)

    def outputs(self, query: Shape) -> int:
        """How many channels the output has."""
        return query[-1]

    def output_shape(self, inputs: Shapes) -> Shape:
        self.places(inputs)
        query, _, _ = self.three(inputs)
        return (*query[:-1], self.outputs(query))

    def parameters(self, inputs: Shapes) -> dict[str, Parameter]:
        query, value, key = self.three(inputs)
        heads, groups, width, value_width = self.per_head
        found = {}
        gate = [(GATE, query[-1], heads, value_width)] if self.use_gate else []
        for name, channels, count, numbers in (
            (QUERY, query[-1], heads, width),
            (KEY, key[-1], groups, width),
            *gate,
            (VALUE, value[-1], groups, value_width),
        ):
            found[f"{name}_kernel"] = Parameter((channels, count, numbers))
            if self.use_bias:
                found[f"{name}_bias"] = Parameter((count, numbers), fill=0)
        found["output_kernel"] = Parameter((heads, value_width, self.outputs(query)))
        biased = self.use_bias if self.use_output_bias is None else self.use_output_bias
        return found | ({"output_bias": Parameter((self.outputs(query),), fill=0)} if biased else {})

    def mac_factors(self, inputs: Shapes) -> tuple[tuple[int, ...], ...]:
        query, value, key = self.three(inputs)
        queries, keys = self.places(inputs)
        heads, groups, width, value_width = self.per_head
        return (
            (queries, query[-1], heads, width),
            (keys, key[-1], groups, width),
            (keys, value[-1], groups, value_width),
            *([(queries, query[-1], heads, value_width)] if self.use_gate else []),
            *self.look_factors(inputs),
            (queries, heads, value_width, self.outputs(query)),
        )

    def longest_sum(self, inputs: Shapes) -> int:
        heads, _, _, value_width = self.per_head
        return max(super().longest_sum(inputs), heads * value_width, *(shape[-1] for shape in self.three(inputs)))

    def shape_arithmetic(self, inputs: Shapes) -> tuple[str, ...]:
        query, _, _ = self.three(inputs)
        heads = f"{self.per_head.heads} heads of {self.per_head.value_width} numbers"
        return (f"the places of the query; {heads} become {self.outputs(query)} channels",)

    def feeds(self, wanted: Array, inputs: Shapes) -> list[Array]:
        queries, _ = self.places(inputs)
        rows = np.broadcast_to(wanted.reshape(queries, -1).any(axis=1), (self.per_head.heads, queries))
        return self.fed(rows, rows[..., np.newaxis], inputs)

    def torch_order(self, orders: Sequence[Order], inputs: Shapes) -> Order:
        shape = inputs[0]
        return orders[0].over_last(shape).behind((len(shape) - 1,), len(shape))

    def torch_stored(self, parameter: str, shape: Shape, inputs: Shapes, order: Order) -> Stored:
        """As `nn.Linear` has them, (heads · numbers, channels); `nn.MultiheadAttention` packs query, key and value."""
        from dataflow_cli.layers.torch_stored import packed, split

        name, what = parameter.split("_")
        if name == "output":
            return split((shape[-1],), shape[:-1]) if what == "kernel" else split(shape, ())
        stored = split(shape[-2:], shape[:-2])
        if name not in THREE:
            return stored
        one_size = len({one.shape for each, one in self.parameters(inputs).items() if self._is_projection(each, what)})
        return packed(stored, THREE.index(name), 3) if one_size == 1 else stored

    @staticmethod
    def _is_projection(parameter: str, what: str) -> bool:
        return parameter.endswith(what) and parameter.startswith(THREE)

    def which(self, name: str, inputs: Sequence[object]) -> int:
        """Which input queries, keys or values are projected from."""
        query, value, key = self.roles(inputs)
        return {QUERY: query, KEY: key, VALUE: value, GATE: query}[name]

    def projected(self, name: str, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        """Query, key or value (N, places, heads, numbers)."""
        x = inputs[self.which(name, inputs)]
        x = x.reshape(len(x), -1, x.shape[-1])
        kernel = parameters[f"{name}_kernel"]
        bias = parameters[f"{name}_bias"].reshape(-1) if self.use_bias else None
        flat = kernels.dense.dense(x, kernel.reshape(len(kernel), -1), bias, engine=engine)
        return flat.reshape(*x.shape[:-1], *kernel.shape[1:])

    def gate(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        """What the heads' sums are multiplied by: (N, queries, heads, numbers)."""
        return kernels.activations.sigmoid(self.projected(GATE, inputs, parameters, engine))

    def asked(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Three:
        query, key, value = (self.projected(name, inputs, parameters, engine) for name in THREE)
        return query, key, value

    def back(self, name: str, slopes: Array, rows: slice, inputs: Arrays, parameters: Parameters) -> list[Array]:
        found = [np.zeros(x.shape[1:]) for x in inputs]
        number = self.which(name, inputs)
        kernel = parameters[f"{name}_kernel"]
        flat = found[number].reshape(-1, len(kernel))
        flat[rows] = np.tensordot(slopes, kernel, axes=((0, 2), (1, 2)))
        return found

    def reached(self, name: str, wanted: Array, inputs: Shapes) -> list[Array]:
        found = [np.zeros(shape, bool) for shape in inputs]
        shape = inputs[self.which(name, inputs)]
        found[self.which(name, inputs)] |= wanted.any(axis=(0, 2)).reshape(*shape[:-1], 1)
        return found

    def tiling(self, inputs: Shapes) -> Tiling:
        """Where queries and keys meet as they are projected, and places alone say which keys are seen."""
        plain = self.met(QUERY) == QUERY and self.met(KEY) == KEY and not self.use_gate
        return Tiling(self._job) if plain and self.mask_form is None and not self.masks else NO_TILES

    def _job(self, work: Work) -> Job:
        """The projections, the look at the keys, and the product with the output's kernel."""
        inputs, parameters = work.inputs, work.parameters
        projections = {}
        for name in THREE:
            x = inputs[self.which(name, inputs)]
            kernel, bias = parameters[f"{name}_kernel"], parameters.get(f"{name}_bias")
            projections[name] = kernels.heads.Projection(x.reshape(len(x), -1, x.shape[-1]), kernel, bias)
        kernel = parameters["output_kernel"]
        stages = [kernels.epilogue.Stage(shift=parameters.get("output_bias")), *map(by_row, work.stages)]
        out = None if work.out is None else work.out.reshape(-1, kernel.shape[-1])
        job = kernels.heads.heads_job(
            projections,
            self.factor(shapes(inputs), parameters),
            self.visible(inputs),
            (kernel.reshape(-1, kernel.shape[-1]), stages, out),
            engine=work.engine,
            cap=self.cap,
        )
        return replace(job, out=job.out.reshape(*inputs[0].shape[:-1], -1))

    def forward(self, inputs: Arrays, parameters: Parameters, engine: Engine | None = None) -> Array:
        heads = self.looks(inputs, parameters, engine)
        if self.use_gate:
            heads *= self.gate(inputs, parameters, engine)
        kernel = parameters["output_kernel"]
        result = kernels.dense.dense(
            heads.reshape(*heads.shape[:2], -1),
            kernel.reshape(-1, kernel.shape[-1]),
            parameters.get("output_bias"),
            engine=engine,
        )
        return result.reshape(*inputs[0].shape[:-1], -1)
