"""A graph of operations -> layers: each translated when all that it takes is there, constants worked out beforehand."""

from __future__ import annotations

from collections import ChainMap, defaultdict, deque
from typing import TYPE_CHECKING

from dataflow_cli.errors import FieldError, LayerError
from dataflow_cli.files.problem import FileProblem, printable
from dataflow_cli.importers.described import Imported
from dataflow_cli.importers.onnx.call import Call
from dataflow_cli.importers.onnx.constants import Constant, of_tensor
from dataflow_cli.importers.onnx.ends import Ends
from dataflow_cli.importers.onnx.folding import WORKED_OUT, folded
from dataflow_cli.importers.onnx.functions import inlined_graph
from dataflow_cli.importers.onnx.held import Held
from dataflow_cli.importers.onnx.model import Graph
from dataflow_cli.importers.onnx.operators import translator
from dataflow_cli.importers.onnx.unsized import together
from dataflow_cli.importers.onnx.wire import damaged
from dataflow_cli.netfile.limits import MAX_LAYERS

if TYPE_CHECKING:
    from dataflow_cli.importers.onnx.model import Node
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


class Translation(Ends):
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

    def run(self, graph: Graph) -> None:
        """Translates every node of a graph when what it takes is there. Raises FileProblem for circles."""
        for node in graph.nodes:
            for name in dict.fromkeys(node.taken()):
                self.readers[name].append(node)
        self.kept.update(info.name for info in graph.outputs)
        made_here = {name for node in graph.nodes for name in node.outputs if name}
        waiting: dict[str, list[Node]] = defaultdict(list)
        left = len(graph.nodes)
        for node in graph.nodes:
            ready = deque([node])
            while ready:
                one = ready.popleft()
                absent = next((name for name in one.taken() if self.is_open(name, made_here)), None)
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
        if any(name in self.lost for name in node.taken()):
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
