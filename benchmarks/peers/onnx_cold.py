"""One input through an ONNX model: model and input, already preprocessed, are named."""

import sys

import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
(output,) = session.run(None, {session.get_inputs()[0].name: np.load(sys.argv[2])})
print(output.argmax())
