"""A graph of operations -> layers: each translated when all that it takes is there, constants worked out beforehand."""

from __future__ import annotations

from collections import ChainMap, defaultdict, deque
from dataclasses import replace
from typing import TYPE_CHECKING

from dataflow_cli.errors import FieldError, LayerError
from dataflow_cli.files.problem import FileProblem, printable
from dataflow_cli.importers.described import Imported, ImportedInput, Missing
from dataflow_cli.importers.onnx.call import Call
from dataflow_cli.importers.onnx.constants import BATCH, Constant, of_tensor
from dataflow_cli.importers.onnx.folding import WORKED_OUT, folded
from dataflow_cli.importers.onnx.functions import inlined, inlined_graph
from dataflow_cli.importers.onnx.held import Held, Misplaced, without
from dataflow_cli.importers.onnx.masking import without_masks
from dataflow_cli.importers.onnx.model import Graph
from dataflow_cli.importers.onnx.operators import translator
from dataflow_cli.importers.onnx.state import State
from dataflow_cli.importers.onnx.tensors import TYPES
from dataflow_cli.importers.onnx.unsized import together
from dataflow_cli.importers.onnx.wire import damaged
from dataflow_cli.netfile.limits import MAX_LAYERS
from dataflow_cli.unknown import PROBE, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dataflow_cli.importers.onnx.model import Model, Node, ValueInfo
    from dataflow_cli.importers.onnx.operators import Translate

    Value = Held | Constant

MOST_KEPT = 2**27
"""Numbers that are worked out from constants, in all."""
_SENSELESS = (
    TypeError,
    ValueError,
    IndexError,
    KeyError,
    AttributeError,
    OverflowError,
    StopIteration,
    ArithmeticError,
)
"""What comes of lists that are too short, text in place of numbers, and the like, which no translator looks for."""
_INPUT_TYPES = ("int64", "int32", "uint8", "int8", "uint16", "int16", "float64")
"""Types of inputs that are not read as float32."""
_READ = ("float32", "float16", "bfloat16", "bool", "uint32", "uint64", *_INPUT_TYPES)


class Translation(State):
    """Goes through a graph, operation by operation."""

    def whole(self) -> Imported:
        """The model. Raises FileProblem for a graph that is none, Misplaced."""
        graph = self.graph
        for name, tensor in graph.initializers.items():
            self.values[name] = of_tensor(tensor)
        given = [info for info in graph.inputs if info.name not in graph.initializers]
        if not given:
            raise damaged("it takes no inputs")
        for info in sorted(given, key=lambda info: -len(info.sizes or ())):
            self.find_size(info)
        self.size = self.size or 1  # all that goes in is one sample
        for info in given:
            self.input(info, alone=len(given) == 1)
        self.run(graph)
        outputs = self.outputs(info.name for info in graph.outputs)
        return Imported(
            name="",
            origin=f"ONNX, opset {self.opset}" + (f", by {self.model.producer}" if self.model.producer else ""),
            inputs=tuple(self.inputs),
            layers=tuple(self.layers),
            outputs=outputs,
            data_format=self.data_format,
            runtime="onnxruntime",
            missing=together(self.missing, self.inputs, graph.inputs),
        )

    # Inputs and outputs

    def find_size(self, info: ValueInfo) -> None:
        """The first input of several axes says how many samples there are."""
        axis = self.batches.get(info.name, 0)
        if self.size is None and axis is not None and info.sizes and 1 < len(info.sizes) > axis:
            size = info.sizes[axis]
            self.size = size if isinstance(size, int) else self.open_size

    def input(self, info: ValueInfo, *, alone: bool) -> None:
        """An input of the network."""
        name = "input" if alone else self.names.new(info.name)
        dtype = TYPES.get(info.dtype, "")
        if info.sizes is None or dtype not in _READ:
            why = (
                f"holds {dtype or 'no tensor'}, which dftrace does not read"
                if info.sizes is not None or not dtype
                else ("does not say how many axes it has")
            )
            self.missing.append(Missing(f"input '{printable(info.name)}'", why, "export the model with a plain input"))
            self.lost.add(info.name)
            return
        batch = self.batches.get(info.name, self.first(info))
        self.leaves_size_open |= batch is not None and not isinstance(info.sizes[batch], int)
        sizes = tuple(
            self.size or BATCH if place == batch else size if isinstance(size, int) else Unknown(PROBE)
            for place, size in enumerate(info.sizes)
        )
        shape = [None if isinstance(size, Unknown) else size for size in without(sizes, batch)] or [1]
        typed = {"dtype": dtype} if dtype in _INPUT_TYPES else {}
        self.inputs.append(ImportedInput(name, {"shape": shape, **typed}, info.name, batch))
        self.values[info.name] = Held(name, sizes, batch, dtype, info.name, tuple(range(len(sizes))))

    def first(self, info: ValueInfo) -> int | None:
        """The first axis, if there are others, and it is not known to be something else than that of the samples."""
        sizes = info.sizes or ()
        if len(sizes) < 2 or (isinstance(sizes[0], int) and sizes[0] != self.size):
            return None
        return 0

    def outputs(self, names: Iterable[str]) -> tuple[str, ...]:
        """What the network puts out, by our names; an input or a constant goes through a layer."""
        found = []
        given = {each.name for each in self.inputs}
        for name in dict.fromkeys(names):
            if name in self.lost or not self.inputs:
                continue
            if name not in self.values:
                raise damaged(f"it puts out '{printable(name)}', which nothing gives")
            try:
                held = self.held(self.values[name])
            except FieldError as error:
                self.missing.append(Missing(f"output '{printable(name)}'", error.message, error.hint))
                continue
            if held.name in given or held.name in found:
                held = self.handed_on(held, name)
            found.append(held.name)
        if not found and not self.missing:
            raise damaged("it puts nothing out")
        return tuple(found)

    # Nodes

    def run(self, graph: Graph) -> None:
        """Translates every node of a graph when what it takes is there. Raises FileProblem for circles."""
        for node in graph.nodes:
            for name in dict.fromkeys(taken(node)):
                self.readers[name].append(node)
        self.kept.update(info.name for info in graph.outputs)
        made_here = {name for node in graph.nodes for name in node.outputs if name}
        waiting: dict[str, list[Node]] = defaultdict(list)
        left = len(graph.nodes)
        for node in graph.nodes:
            ready = deque([node])
            while ready:
                one = ready.popleft()
                absent = next((name for name in taken(one) if self.is_open(name, made_here)), None)
                if absent is not None:
                    waiting[absent].append(one)
                    continue
                left -= 1
                self.node(one)
                for name in one.outputs:
                    ready.extend(waiting.pop(name, ()))
        if left:
            told = ", ".join(sorted({printable(one.told) for ones in waiting.values() for one in ones})[:5])
            raise damaged(f"its operations go in a circle: {told}")

    def is_open(self, name: str, made_here: set[str]) -> bool:
        """Whether a tensor is still to come. Raises FileProblem for one that nothing gives."""
        if not name or name in self.values or name in self.lost:
            return False
        if name not in made_here:
            raise damaged(f"nothing gives the tensor '{printable(name)}'")
        return True

    def node(self, node: Node) -> None:
        """One operation: absorbed, worked out, translated, or noted as missing."""
        if id(node) in self.absorbed:
            before = self.absorbed[id(node)]
            self.give(node, (self.values[before],) if before in self.values else ())
            return
        if len(self.layers) + len(self.missing) > MAX_LAYERS:
            raise FileProblem(f"the model has more than {MAX_LAYERS:,} layers", hint="import a part: --until NAME")
        if any(name in self.lost for name in taken(node)):
            if self.translator(node) is None and node.operation not in (*WORKED_OUT, "If"):
                self.lack(node, self.unknown(node))
            self.lost.update(node.outputs)
            return
        try:
            found = self.sound(node)
        except (FieldError, LayerError) as error:
            self.lack(node, error.message, error.hint)
            self.lost.update(node.outputs)
            return
        self.give(node, found)
        for name in node.outputs[len(found) :]:
            if name in self.readers or name in self.kept:
                self.lack(node, f"its output '{printable(name)}' is not there in dftrace")

    def give(self, node: Node, found: tuple[Value, ...]) -> None:
        """Enter what a node gives; other outputs are lost."""
        for name, value in zip(node.outputs, found, strict=False):
            if name:
                self.values[name] = value
                self.spend(value)
        self.lost.update(filter(None, node.outputs[len(found) :]))

    def spend(self, value: Value) -> None:
        """Count what is worked out of constants and kept. Raises FileProblem for more than a model needs."""
        if isinstance(value, Constant) and value.tensor is None and id(value) not in self.counted:
            self.counted.add(id(value))
            self.spent += len(value.few) if value.few is not None else value.count
            if self.spent > MOST_KEPT:
                hint = "fold its constants before: onnxsim model.onnx small.onnx"
                raise FileProblem(f"works out more than {MOST_KEPT:,} numbers from its constants", hint=hint)

    def sound(self, node: Node) -> tuple[Value, ...]:
        """What a node gives. Raises FieldError too where it has other inputs or attributes than its operation takes."""
        try:
            return self.made(node)
        except _SENSELESS as error:
            why = f"its inputs or attributes are not those of a {printable(node.operation)} ({type(error).__name__})"
            hint = "look at it with onnx.checker.check_model; if that finds nothing, please report this"
            raise FieldError(why, hint=hint) from error

    def made(self, node: Node) -> tuple[Value, ...]:
        """What a node gives. Raises FieldError, LayerError if dftrace lacks it; Misplaced."""
        call = Call(node, self)
        found = self.branch(call) if node.operation == "If" and node.is_own else folded(call)
        if found is None:
            translate = self.translator(node)
            if translate is None:
                raise FieldError(self.unknown(node))
            found = translate(call)
        return found if isinstance(found, tuple) else (found,)

    def translator(self, node: Node) -> Translate | None:
        """What makes layers of a node, if anything does."""
        if node.key in self.model.functions:
            return None
        return translator(node.operation if node.is_own else f"{node.domain}.{node.operation}")

    def unknown(self, node: Node) -> str:
        """Why there is no translator."""
        if node.key in self.model.functions:
            return "the file defines this operation itself, by another version of ONNX's operations than its own"
        if node.operation in ("Loop", "Scan"):
            return "it is control flow, which depends on the data"
        return "dftrace has no such kind of layer"

    def branch(self, call: Call) -> tuple[Value, ...]:
        """If: what the branch that is taken gives, its nodes put in the place of this one. Raises FieldError."""
        condition = call.value(0)
        if isinstance(condition, Held):
            raise FieldError("which of its branches is taken depends on the data")
        graph = call.attribute("then_branch" if condition.scalar() else "else_branch")
        if not isinstance(graph, Graph):
            raise FieldError("it has no branches")
        graph = inlined_graph(graph, self.model)
        outer = self.values
        self.values = ChainMap({}, *outer.maps)  # type: ignore[attr-defined]
        for name, tensor in graph.initializers.items():
            self.values[name] = of_tensor(tensor)
        self.run(graph)
        names = [info.name for info in graph.outputs]
        found = tuple(self.values[name] for name in names if name in self.values)
        self.values = outer
        if len(found) != len(names):
            raise FieldError("a part of its branch is missing")
        return found


def taken(node: Node) -> Iterator[str]:
    """Every tensor that a node takes, in the graphs within it too."""
    yield from filter(None, node.inputs)
    if node.operation in ("If", "Loop", "Scan"):
        for value in node.attributes.values():
            if isinstance(value, Graph):
                own = {info.name for info in value.inputs} | set(value.initializers)
                own |= {name for inner in value.nodes for name in inner.outputs}
                own_free = (name for inner in value.nodes for name in taken(inner))
                yield from (name for name in own_free if name not in own)
                yield from (info.name for info in value.outputs if info.name not in own)


def translated(model: Model) -> Imported:
    """The model in our words. Raises FileProblem for a graph that is none.

    Samples lie along an axis, of which it is not known how many there are. Operations that mix that axis with others
    make sense for one sample, which is tried next; then all that goes in may be one sample.
    """
    model = inlined(model)
    model = replace(model, graph=without_masks(model.graph))
    names = [info.name for info in model.graph.inputs]
    found: Imported | None = None
    for size, assumed in ((BATCH, {}), (1, {}), (BATCH, dict.fromkeys(names))):
        again = _assumed(model, size, assumed, 2 * len(names) + 2, final=bool(assumed))
        if again is not None and not again.missing:
            return again
        if found is None or (again is not None and len(again.missing) < len(found.missing)):
            found = again
    if found is None:
        raise FileProblem("its operations work along different axes of a minibatch", hint="export it for one sample")
    return found


def _assumed(model: Model, size: int, batches: dict[str, int | None], tries: int, *, final: bool) -> Imported | None:
    """The model where the samples of inputs lie as is assumed, or as layers ask for it; None where they differ.

    `size` is how many samples there are where the file leaves that open. Raises FileProblem for a graph that is none.
    """
    for _ in range(tries):
        try:
            return Translation(model, batches, size).whole()
        except Misplaced as wish:
            if wish.root in batches:
                return None
            batches[wish.root] = wish.axis
        except FileProblem:
            if final:
                return None
            raise
    return None
