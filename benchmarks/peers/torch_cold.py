"""One input through a TorchScript model: model and input, already preprocessed, are named."""

import sys
from typing import Any

import numpy as np
import torch

jit: Any = torch.jit
model = jit.load(sys.argv[1])
with torch.inference_mode():
    print(model(torch.from_numpy(np.load(sys.argv[2]))).argmax().item())
