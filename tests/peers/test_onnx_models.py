"""Whole models that the onnx package brings along, with what they give: read, run and compared, or refused by name."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from dataflow_cli.errors import DftraceError
from tests.peers.onnx_values import CLOSE, held_against, onnx, outputs

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]

DATA = Path(onnx.__file__).parent / "backend" / "test" / "data"
FOUND: dict[str, dict[str, str]] = {}
LEAST = {"simple": 7, "pytorch-converted": 82, "pytorch-operator": 35, "light": 9}
"""How many of each pass at least."""
FOLDERS = ("simple", "pytorch-converted", "pytorch-operator")
LIGHT = sorted(path.stem for path in (DATA / "light").glob("*.onnx"))


def proto(path):
    """An array as the package stores it."""
    tensor = onnx.TensorProto()
    tensor.ParseFromString(path.read_bytes())
    return onnx.numpy_helper.to_array(tensor)


def data_inputs(model):
    """What goes in that is no initializer."""
    initial = {each.name for each in model.graph.initializer}
    return [each for each in model.graph.input if each.name not in initial]


def cases(folder):
    return sorted(path.parent for path in (DATA / folder).glob("*/model.onnx"))


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_model_of_the_package_gives_its_output_or_is_refused_by_name(folder, tmp_path):
    for case in cases(folder):
        FOUND.setdefault(folder, {})[case.name] = said = outcome(case, tmp_path)
        assert not said.startswith("FAILED"), f"{case.name}: {said}"


def with_constants(model, given, folder):
    """The model with all inputs but the first as initializers."""
    for entry, array in list(zip(model.graph.input, given, strict=False))[1:]:
        model.graph.initializer.append(onnx.numpy_helper.from_array(array, entry.name))
    del model.graph.input[1:]
    onnx.save(model, folder / "m.onnx")
    return folder / "m.onnx"


def outcome(case, folder):
    """Why a model is refused, also with all inputs but the first in the file; nothing if it gives what it should."""
    model = onnx.load(case / "model.onnx")
    names = [each.name for each in model.graph.input]
    try:
        given = [proto(path) for path in sorted((case / "test_data_set_0").glob("input_*.pb"))]
        wanted = [proto(path) for path in sorted((case / "test_data_set_0").glob("output_*.pb"))]
        try:
            found = outputs(case / "model.onnx", dict(zip(names, given, strict=False)), wanted)
        except DftraceError as error:
            if len(given) < 2:
                return str(error)
            found = outputs(with_constants(model, given, folder), {names[0]: given[0]}, wanted)
    except DftraceError as error:
        return str(error)
    except (TypeError, ValueError, onnx.protobuf.message.DecodeError) as error:
        return f"not of tensors: {error}"
    for one, expected in zip(found, wanted, strict=True):
        if one.shape != expected.shape or not np.allclose(one, expected, 1e-3, 1e-5, equal_nan=True):
            return f"FAILED: {one.shape}, {expected.shape}: {one.reshape(-1)[:4]}, {expected.reshape(-1)[:4]}"
    return ""


@pytest.mark.parametrize("name", LIGHT)
def test_a_light_model_has_the_values_of_onnx_runtime_layer_by_layer(name):
    path = DATA / "light" / f"{name}.onnx"
    (entry,) = data_inputs(onnx.load(path))
    shape = [each.dim_value or 1 for each in entry.type.tensor_type.shape.dim]
    x = (np.arange(np.prod(shape)).reshape(shape) / np.prod(shape)).astype(np.float32)
    found = held_against(path, {entry.name: x})
    worst = max(found, key=found.get)
    assert found[worst] <= CLOSE, f"{worst}: {found[worst]:.1e} of {len(found)} tensors"
    FOUND.setdefault("light", {})[name] = ""


def test_so_many_pass_as_are_promised(capsys):
    lines = []
    for folder, found in FOUND.items():
        refused = {name: said for name, said in found.items() if said}
        lines.append(f"onnx {onnx.__version__}, {folder}: {len(found) - len(refused)} of {len(found)} pass")
        lines += [f"      {name}: {said.partition('.onnx: ')[2][:110] or said[:110]}" for name, said in refused.items()]
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + "\n")
    passed = {folder: sum(not said for said in found.values()) for folder, found in FOUND.items()}
    assert all(passed.get(folder, least) >= least for folder, least in LEAST.items()), passed
