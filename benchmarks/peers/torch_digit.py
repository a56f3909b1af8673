"""What one would write to run a digit through the network in torch, with the values of every layer."""

import numpy as np
import torch
from mnist_cnn import model
from PIL import Image

x = torch.from_numpy(np.asarray(Image.open("configs/digits/7.png").convert("L"), np.float32) / 255)[None, None]
with torch.inference_mode():
    for layer in model.eval():
        x = layer(x)
        print(type(layer).__name__, tuple(x.shape), x.min().item(), x.mean().item(), x.max().item())
