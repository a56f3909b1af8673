"""A residual network that ONNX Runtime quantized in its three ways, held against it, layer by layer."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from tests.peers.onnx_values import CLOSE, held_against
from tests.peers.torch_models import exported

quantization = pytest.importorskip("onnxruntime.quantization")

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]


class Calibration(quantization.CalibrationDataReader):
    """Pictures by which the quantizer finds the ranges of all tensors."""

    def __init__(self):
        numbers = np.random.default_rng(0)
        self.batches = iter([{"x": numbers.normal(size=(2, 3, 16, 16)).astype(np.float32)} for _ in range(4)])

    def get_next(self):
        return next(self.batches, None)


def quantized(way, source, target):
    if way == "dynamic":
        quantization.quantize_dynamic(source, target, weight_type=quantization.QuantType.QUInt8)
        return
    form = quantization.QuantFormat.QDQ if way == "qdq" else quantization.QuantFormat.QOperator
    quantization.quantize_static(source, target, Calibration(), quant_format=form, per_channel=way == "qdq")


@pytest.mark.parametrize("way", ["qdq", "operators", "dynamic"])
def test_a_quantized_residual_network_has_the_values_of_onnx_runtime(way, tmp_path):
    logging.disable(logging.WARNING)
    x = exported("cnn", "torchscript", tmp_path / "m.onnx")[:1]
    quantized(way, str(tmp_path / "m.onnx"), str(tmp_path / "q.onnx"))
    logging.disable(logging.NOTSET)
    found = held_against(tmp_path / "q.onnx", {"x": x})
    worst = max(found, key=found.get)
    assert len(found) >= 10
    assert found[worst] <= CLOSE, f"{worst}: {found[worst]:.1e} of {len(found)} tensors"
