"""What one would write to run a digit through the network in ONNX Runtime."""

import numpy as np
import onnxruntime
from PIL import Image

session = onnxruntime.InferenceSession("build/benchmarks/mnist-cnn.onnx", providers=["CPUExecutionProvider"])
picture = np.asarray(Image.open("configs/digits/7.png").convert("L"), np.float32) / 255
(output,) = session.run(None, {session.get_inputs()[0].name: picture[None, None]})
for digit in np.argsort(output[0])[::-1][:3]:
    print(digit, output[0, digit])
