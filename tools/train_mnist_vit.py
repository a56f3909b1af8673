"""Train a small vision transformer on MNIST with PyTorch, for `configs/mnist-vit.yaml`.

Run with PyTorch, NumPy and dftrace installed; `mnist.npz` is Keras' file:

    python tools/train_mnist_vit.py mnist.npz [-o configs/mnist-vit.npz]

It is trained on the 60,000 training digits, with seed and number of epochs fixed beforehand; nothing is chosen by
looking at the test digits. Beside the weights stands a record of the run, `mnist-vit.json`: the test digits are counted
by dftrace itself, from the files as they are shipped.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch_blocks as blocks
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR

from dataflow_cli import load_network

SEED = 14
EPOCHS = 10
BATCH = 128
TOP_RATE = 3e-3
SHIFT = 1  # pixel a digit moves at most, in either direction
THREADS = 1
PATCH, WIDTH, HEADS, INNER, DEPTH = 7, 48, 4, 96, 3
LICENCE = "MNIST digits by Yann LeCun, Corinna Cortes and Christopher Burges, CC BY-SA 3.0"


class VisionTransformer(nn.Module):
    """Patches as tokens, a number for every place, blocks, the mean of all places, a class."""

    def __init__(self) -> None:
        """Make it with random parameters."""
        super().__init__()
        self.patches = nn.Conv2d(1, WIDTH, PATCH, PATCH)
        self.places = nn.Parameter(0.02 * torch.randn((28 // PATCH) ** 2, WIDTH))
        self.blocks = blocks.Blocks(DEPTH, WIDTH, HEADS, INNER)
        self.norm, self.classes = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 10)

    def forward(self, images: Tensor) -> Tensor:
        """Images (sample, 1, 28, 28) to logits (sample, 10)."""
        x = self.patches(images).flatten(2).transpose(1, 2) + self.places
        logits: Tensor = self.classes(self.norm(self.blocks(x)).mean(dim=1))
        return logits


def to_arrays(network: VisionTransformer) -> blocks.Arrays:
    """The parameters by dftrace's names: the patches' kernel is (height, width, in, out)."""
    arrays = {
        "patches/kernel": blocks.as_numpy(network.patches.weight).transpose(2, 3, 1, 0),
        "patches/bias": blocks.as_numpy(network.patches.get_parameter("bias")),
        "places/position_embeddings": blocks.as_numpy(network.places),
    }
    return (
        arrays
        | network.blocks.arrays("encoder")
        | blocks.norm("norm", network.norm)
        | blocks.dense("classes", network.classes)
    )


def shift_at_random(images: Tensor) -> Tensor:
    """Move each image (sample, 1, 28, 28) by up to `SHIFT` pixels, black from the edges."""
    windows = functional.pad(images, [SHIFT] * 4).unfold(2, 28, 1).unfold(3, 28, 1)
    down, right = torch.randint(0, 2 * SHIFT + 1, (2, len(images)))
    return windows[torch.arange(len(images)), :, down, right]


def train(network: nn.Module, images: Tensor, labels: Tensor) -> None:
    """Train for the fixed number of epochs."""
    steps = -(-len(images) // BATCH)
    optimizer = AdamW(network.parameters(), lr=TOP_RATE, weight_decay=0.01)
    schedule = OneCycleLR(optimizer, max_lr=TOP_RATE, total_steps=EPOCHS * steps)
    for epoch in range(1, EPOCHS + 1):
        total = 0.0
        for batch in torch.tensor_split(torch.randperm(len(images)), steps):
            loss = functional.cross_entropy(network(shift_at_random(images[batch])), labels[batch])
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
            schedule.step()
            total += loss.item() * len(batch)
        print(f"epoch {epoch}/{EPOCHS}: loss {total / len(images):.4f}", flush=True)


def counted(config: Path, weights: Path, digits: Any, labels: Any) -> dict[str, int]:
    """Count the test digits that dftrace names rightly, from the shipped files."""
    answers = np.asarray(load_network(config).predict(digits, weights=weights))
    return {"right": int((answers.argmax(axis=1) == labels).sum()), "total": len(labels)}


def main() -> None:
    """Train, write, count, record."""
    parser = argparse.ArgumentParser(description="Train a small vision transformer on MNIST.")
    parser.add_argument("mnist", type=Path, metavar="MNIST_NPZ", help="Keras' mnist.npz")
    parser.add_argument("-o", "--output", type=Path, default=Path("configs/mnist-vit.npz"), help="weights to write")
    arguments = parser.parse_args()
    blocks.be_deterministic(SEED, THREADS)
    data = np.load(arguments.mnist)
    images = torch.from_numpy(data["x_train"].astype(np.float32) / np.float32(255)).unsqueeze(1)
    network = VisionTransformer()
    start = time.monotonic()
    train(network, images, torch.from_numpy(data["y_train"].astype(np.int64)))
    seconds = round(time.monotonic() - start)
    blocks.save(arguments.output, to_arrays(network))
    config = arguments.output.with_suffix(".yaml")
    record = {
        "network": "mnist-vit",
        "data_set": {"name": "MNIST (Keras' mnist.npz)", "sha256": blocks.sha256(arguments.mnist), "licence": LICENCE},
        "seed": SEED,
        "epochs": EPOCHS,
        "batch_size": BATCH,
        "optimizer": f"AdamW, one-cycle learning rate up to {TOP_RATE}, weight decay 0.01",
        "augmentation": f"shifts of up to {SHIFT} pixel",
        "trained_on": len(images),
        "test": {
            "digits": "MNIST's test digits, counted by dftrace",
            **counted(config, arguments.output, data["x_test"], data["y_test"]),
        },
        "torch": str(torch.__version__),
        "threads": THREADS,
        "seconds": seconds,
    }
    blocks.write_record(arguments.output.with_suffix(".json"), record)


if __name__ == "__main__":
    main()
