"""Models that are read as they come, ONNX files and Keras': what their own engine makes of them is no difference."""

from __future__ import annotations

import logging
import sys

import numpy as np
import pytest

from dataflow_cli.comparing import difference
from dataflow_cli.diff.model import DIFFERS, DRIFT
from dataflow_cli.given import Given
from dataflow_cli.hooks import program
from dataflow_cli.importers.open import import_model
from tests.peers.keras_cases import SMALLEST, application
from tests.peers.onnx_values import onnx, ours_of, theirs
from tests.peers.test_onnx_real import MODELS as SHIPPED
from tests.peers.test_onnx_real import inputs, located, with_sizes
from tests.peers.torch_models import EXPORTERS, MODELS, exported

keras = pytest.importorskip("keras")
pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]

FOUND: dict[str, str] = {}


@pytest.fixture(autouse=True)
def quiet(monkeypatch, tmp_path):
    """What is captured stands in a folder of its own; the exporter tells what it does."""
    monkeypatch.chdir(tmp_path)
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def held(name, path, given):
    """Our run of the model beside captured.npz: no layer differs."""
    found = difference(str(path), "captured.npz", given, given)
    judged = [pair.own for pair in found.pairs if pair.own is not None]
    FOUND[name] = (
        f"{len(found.pairs)} tensors, {len(judged)} judged, "
        f"{found.counted(DIFFERS)} differ, {found.counted(DRIFT)} drift, "
        f"{len(found.missing)} missing, {max(judged, default=0):.2f} of what is allowed"
    )
    assert found.first is None, f"{found.first.name}: {found.first.own} {found.first.note}, {found.cause}"
    assert judged
    return found


def captured_by_onnx_runtime(path, values):
    if len(values) == 1:
        exec(program("onnx"), {"path": str(path), "x": next(iter(values.values()))})  # noqa: S102  our own program
        return
    outputs = {name: x for name, x in theirs(path, values).items() if x.dtype.kind in "fiu"}
    np.savez("captured.npz", **values, **outputs)


def given_to(path, values):
    """What goes in, a file an input."""
    model = import_model(path)
    for each in model.inputs:
        np.save(f"in_{each.name}.npy", ours_of(values[each.source], each.batch))
    return Given(inputs=tuple(f"{each.name}=in_{each.name}.npy" for each in model.inputs))


@pytest.mark.parametrize("shipped", [s for s in SHIPPED if not s.refused], ids=lambda s: f"{s.package}/{s.file}")
def test_onnx_runtime_on_what_packages_ship(shipped, tmp_path):
    path = located(shipped)
    path = with_sizes(path, shipped, tmp_path) if shipped.fixed else path
    values = inputs(onnx.load(path), shipped)
    captured_by_onnx_runtime(path, values)
    held(f"{shipped.package}/{shipped.file}", path, given_to(path, values))


@pytest.mark.parametrize("exporter", EXPORTERS)
@pytest.mark.parametrize("name", MODELS)
def test_onnx_runtime_on_what_pytorch_exports(name, exporter, tmp_path):
    pytest.importorskip("onnxscript")
    path = tmp_path / "m.onnx"
    x = exported(name, exporter, path)
    values = {onnx.load(path, load_external_data=False).graph.input[0].name: x}
    captured_by_onnx_runtime(path, values)
    held(f"torch {name} ({exporter})", path, given_to(path, values))


@pytest.mark.parametrize("form", ["keras", "h5"])
@pytest.mark.parametrize("name", SMALLEST)
def test_keras_on_its_applications(name, form, tmp_path):
    model, rng = application(keras, name)
    model.save(tmp_path / f"m.{form}")
    x = rng.normal(size=(2, *model.input_shape[1:])).astype("float32")
    exec(program("keras"), {"model": model, "x": x})  # noqa: S102  our own program
    np.save("x.npy", x)
    held(f"keras.applications {name}.{form}", tmp_path / f"m.{form}", Given(inputs=("x.npy",)))


def test_the_table(capsys):
    with capsys.disabled():
        sys.stdout.write("\nread as they come\n" + "".join(f"  {name}: {said}\n" for name, said in FOUND.items()))
