"""What one would write to ask a model of ONNX about a picture, prepared as torchvision does: both are named."""

import sys

import numpy as np
import onnxruntime
from PIL import Image

picture = Image.open(sys.argv[2]).convert("RGB")
scale = 256 / min(picture.size)
picture = picture.resize([round(size * scale) for size in picture.size], Image.Resampling.BILINEAR)
left, top = ((size - 224) // 2 for size in picture.size)
pixels = np.asarray(picture.crop((left, top, left + 224, top + 224)), np.float32) / 255
pixels = (pixels - np.array([0.485, 0.456, 0.406], np.float32)) / np.array([0.229, 0.224, 0.225], np.float32)
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
(output,) = session.run(None, {session.get_inputs()[0].name: pixels.transpose(2, 0, 1)[None]})
print(output.argmax())
