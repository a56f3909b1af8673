"""What one would write to take 10,000 digits through ONNX Runtime: the model and an .npz with x_test are named."""

import sys

import numpy as np
import onnxruntime

BATCH = 128

session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
name = session.get_inputs()[0].name
digits = np.load(sys.argv[2])["x_test"].reshape(-1, 1, 28, 28)
answers = []
for start in range(0, len(digits), BATCH):
    (output,) = session.run(None, {name: digits[start : start + BATCH].astype(np.float32) / 255})
    answers.append(output.argmax(1))
print(np.bincount(np.concatenate(answers), minlength=10))
