"""The direction of imports: every module knows only its own floor of the house and those below."""

import ast
from functools import cache
from pathlib import Path

from dataflow_cli.lazy import imported
from tests.contract.shell import ROOT

PACKAGE = ROOT / "dataflow_cli"
FLOORS = (
    (
        "errors",
        "folding",
        "garbage",
        "given",
        "globs",
        "hooks",
        "lazy",
        "outline",
        "records",
        "schemas",
        "shapes",
        "sizes",
        "spelling",
        "tensors",
        "unknown",
    ),
    ("files",),
    ("kernels",),
    ("layers",),
    ("netfile",),
    ("importers",),
    ("network",),
    ("weights", "inputs", "counts"),
    ("trace",),
    ("run",),
    ("explain", "bench", "diff", "profile"),
    ("render",),
    ("page",),
    ("api", "drawing", "examples", "importing"),
    ("comparing", "explaining", "picturing", "profiling"),
    ("cli",),
    ("commands",),
    ("__main__",),
)
"""From the ground up. Neighbours on one floor do not import each other, but those on the ground."""
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}
AT_HOME = {
    "click": ("cli/", "commands/"),
    "rich": ("cli/", "commands/", "render/"),
    "PIL": ("inputs/", "render/"),
    "yaml": ("netfile/",),
}
"""Packages, and the only folders that import them."""
OPTIONAL = {"keras", "tensorflow", "torch", "onnx", "onnxruntime", "safetensors", "h5py", "jax", "distributed", "dask"}
"""Packages that need not be there: only a file with the package's name imports one."""
REACHING = {"network/methods.py", "trace/methods.py", "explain/account.py"}
"""What a record does for a Python program stands on floors above it: these methods import it by its path when they are
called (`lazy.imported`), and name its types for type checkers alone."""
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


class ForTypes(ast.NodeTransformer):
    """Leaves out what is imported for type checkers alone."""

    def visit_If(self, node):
        return None if ast.unparse(node.test) == "TYPE_CHECKING" else node


@cache
def imports_in(module):
    """What a module says that imports something; without what is for types, if its methods reach up."""
    tree = ast.parse((PACKAGE / module).read_text(encoding="utf-8"))
    parts = ast.walk(ForTypes().visit(tree) if module in REACHING else tree)
    return [node for node in parts if isinstance(node, ast.Import | ast.ImportFrom) or is_by_path(node)]


def is_by_path(node):
    """Whether it imports by a path that it writes out: `imported("dataflow_cli.api.traced")`."""
    match node:
        case ast.Call(func=ast.Name(id="imported"), args=[ast.Constant(), *_]):
            return True
    return False


def imports_of(module):
    """All that a module imports, wherever in it: `dataflow_cli.errors`, `click`."""
    for node in imports_in(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are absolute"
            yield from (
                f"{node.module}.{alias.name}" if node.module == "dataflow_cli" else node.module for alias in node.names
            )


@cache
def imports():
    """Every module with everything that it imports."""
    return [(module, name) for module in MODULES for name in imports_of(module)]


def home_of(name):
    """The folder, or the file at the top, that a module or an import belongs to."""
    return name.removesuffix(".py").partition("/")[0]


def dotted(module):
    """`layers/base.py` as `dataflow_cli.layers.base`, a package's own file as the package."""
    return ".".join(["dataflow_cli", *Path(module).with_suffix("").parts]).removesuffix(".__init__")


@cache
def known():
    """All modules by their paths."""
    return {dotted(each) for each in MODULES}


def imported_modules(module):
    """The modules of ours that one imports, whether for running or for types."""
    for node in imports_in(module):
        if isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{alias.name}" for alias in node.names} & known()
            yield from names or {node.module} & known()


def test_no_imports_go_in_a_circle():
    """Inside folders neither, nor for types alone: who imports nobody that is left is taken away, until none is."""
    left = {dotted(module): {*imported_modules(module)} - {dotted(module)} for module in MODULES}
    while free := {name for name, imports in left.items() if not imports & left.keys()}:
        left = {name: imports for name, imports in left.items() if name not in free}
    while left and (last := left.keys() - set().union(*left.values())):
        left = {name: imports for name, imports in left.items() if name not in last}
    assert sorted(left) == []


def test_imports_point_down():
    for module, name in imports():
        if module == "__init__.py" or not name.startswith("dataflow_cli."):
            continue
        home, other = home_of(module), name.split(".")[1]
        neighbour = FLOOR[other] == FLOOR[home] and other != home and FLOOR[home] > 0
        assert FLOOR[other] <= FLOOR[home], f"{module} imports {name}, which stands above it"
        assert not neighbour, f"{module} imports {name}, its neighbour"


def test_packages_stay_where_they_belong():
    for module, name in imports():
        package = name.partition(".")[0]
        assert module.startswith(AT_HOME.get(package, "")), f"{module} imports {name}"
        assert package not in OPTIONAL or Path(module).stem == package, f"{module} imports {name}"


def test_only_records_reach_up_and_find_what_they_reach_for():
    """No other module imports by a path that it writes out, and every path leads somewhere."""
    reached = {
        (module, node.args[0].value) for module in MODULES for node in imports_in(module) if isinstance(node, ast.Call)
    }
    assert {module for module, _ in reached} == REACHING
    assert all(callable(imported(path)) for _, path in reached)


def test_the_rules_are_of_this_package():
    assert {home_of(module) for module in MODULES} - {"__init__"} <= set(FLOOR)
    assert any(name == "click" for _, name in imports())
