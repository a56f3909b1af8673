"""Train a transformer with PyTorch that sorts letters, for `configs/sort-transformer.yaml`.

Run with PyTorch, NumPy and dftrace installed:

    python tools/train_sort_transformer.py [-o configs/sort-transformer.npz]

Its data are made: eight letters from a to h, drawn by the seed, and the same in order. Seed and number of steps are
fixed beforehand. Beside the weights stands a record of the run, `sort-transformer.json`: rows of another seed, all
letters of which have to be right, are counted by dftrace itself, from the files as they are shipped.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
import torch_blocks as blocks
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR

from dataflow_cli import load_network

SEED = 14
STEPS = 6000
BATCH = 128
TOP_RATE = 4e-3
THREADS = 1
LETTERS, LENGTH, WIDTH, HEADS, INNER, DEPTH = 8, 8, 24, 2, 48, 2
TESTED = 10_000


class Sorter(nn.Module):
    """Letters as rows of a table, a number for every place, blocks, a letter for every place."""

    def __init__(self) -> None:
        """Make it with random parameters."""
        super().__init__()
        self.letters = nn.Embedding(LETTERS, WIDTH)
        self.places = nn.Parameter(0.1 * torch.randn(LENGTH, WIDTH))
        self.blocks = blocks.Blocks(DEPTH, WIDTH, HEADS, INNER)
        self.norm, self.sorted = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, LETTERS)

    def forward(self, rows: Tensor) -> Tensor:
        """Letters (sample, place) to logits (sample, place, letter)."""
        logits: Tensor = self.sorted(self.norm(self.blocks(self.letters(rows) + self.places)))
        return logits


def to_arrays(network: Sorter) -> blocks.Arrays:
    """The parameters by dftrace's names."""
    arrays = {
        "letters/embeddings": blocks.as_numpy(network.letters.weight),
        "places/position_embeddings": blocks.as_numpy(network.places),
    }
    return (
        arrays
        | network.blocks.arrays("encoder")
        | blocks.norm("norm", network.norm)
        | blocks.dense("sorted", network.sorted)
    )


def train(network: nn.Module) -> None:
    """Train for the fixed number of steps, on rows that are drawn anew for each."""
    optimizer = AdamW(network.parameters(), lr=TOP_RATE, weight_decay=0.01)
    schedule = OneCycleLR(optimizer, max_lr=TOP_RATE, total_steps=STEPS)
    for step in range(1, STEPS + 1):
        rows = torch.randint(0, LETTERS, (BATCH, LENGTH))
        loss = functional.cross_entropy(network(rows).flatten(0, 1), rows.sort(dim=1).values.flatten())
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        schedule.step()
        if step % 500 == 0:
            print(f"step {step}/{STEPS}: loss {loss.item():.4f}", flush=True)


def counted(config: Path, weights: Path) -> dict[str, int]:
    """Count the rows that dftrace sorts without a mistake, from the shipped files."""
    rows = np.random.default_rng(SEED + 1).integers(0, LETTERS, (TESTED, LENGTH))
    answers = np.asarray(load_network(config).predict(rows, weights=weights))
    return {"right": int((answers.argmax(axis=2) == np.sort(rows)).all(axis=1).sum()), "total": TESTED}


def main() -> None:
    """Train, write, count, record."""
    parser = argparse.ArgumentParser(description="Train a transformer that sorts letters.")
    default = Path("configs/sort-transformer.npz")
    parser.add_argument("-o", "--output", type=Path, default=default, help="weights to write")
    arguments = parser.parse_args()
    blocks.be_deterministic(SEED, THREADS)
    network = Sorter()
    start = time.monotonic()
    train(network)
    seconds = round(time.monotonic() - start)
    blocks.save(arguments.output, to_arrays(network))
    record = {
        "network": "sort-transformer",
        "data_set": {"name": f"{LENGTH} letters from a to h, made at random"},
        "seed": SEED,
        "steps": STEPS,
        "batch_size": BATCH,
        "optimizer": f"AdamW, one-cycle learning rate up to {TOP_RATE}, weight decay 0.01",
        "trained_on": STEPS * BATCH,
        "test": {
            "rows": f"made with seed {SEED + 1}, all letters right, counted by dftrace",
            **counted(arguments.output.with_suffix(".yaml"), arguments.output),
        },
        "torch": str(torch.__version__),
        "threads": THREADS,
        "seconds": seconds,
    }
    blocks.write_record(arguments.output.with_suffix(".json"), record)


if __name__ == "__main__":
    main()
