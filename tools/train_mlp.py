"""Train the chapter's section 2 network with scikit-learn and write `mlp-2-5-1.yaml` with the points that it
was trained on and tested with.

Run with scikit-learn and NumPy installed:

    python tools/train_mlp.py [-o configs]

Two clouds of 50 points, around (0.2, 0.8) and (0.8, 0.2), are drawn from NumPy's global generator, which then
shuffles them and starts the training. The result is checked against the chapter's numbers: 23 of 25 test
points right, and P(class 1) = 0.355 for the first. They are the same with scikit-learn 1.2, 1.5 and 1.9; the
last digits of the weights depend on the processor (fused multiply-add or not).
"""

from __future__ import annotations

import argparse
import platform
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

SEED = 8675309
TRAINED_ON = 75
EXPECTED_RIGHT = 23
EXPECTED_PROBABILITY = 0.3553164

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

FILE = """\
# Section 2: a traditional network. Two features, a hidden layer of five nodes with ReLU, one sigmoid output, which says
# how probable class 1 is; from 0.5 on, the answer is class 1. For the example, the first of 25 test points, it says
# {probability:.7f}, so class 0. mlp-2-5-1-test.csv has all test points (x, y), mlp-2-5-1-labels.csv their classes:
# {right} of {total} come out right. The 75 points that it learned from are in mlp-2-5-1-train.csv, their classes in
# mlp-2-5-1-train-labels.csv.
# Made by tools/train_mlp.py: seed {seed}, scikit-learn {sklearn}, NumPy {numpy}, Python {python}.
# Try:  dftrace run mlp-2-5-1.yaml --values full
#       dftrace run mlp-2-5-1.yaml -i mlp-2-5-1-test.csv --labels mlp-2-5-1-labels.csv
#       dftrace show mlp-2-5-1.yaml --kind scatter -i mlp-2-5-1-train.csv --labels mlp-2-5-1-train-labels.csv
dftrace: 1
name: mlp-2-5-1
input: {{shape: [2], example: {example}}}
classes: [class 0, class 1]
layers:
  - type: dense
    units: 5
    activation: relu
    weights:
      kernel:  # (inputs, units): one row a feature, one column a node
{hidden_kernel}
      bias: {hidden_bias}
  - type: dense
    units: 1
    activation: sigmoid
    weights:
      kernel:
{output_kernel}
      bias: {output_bias}
"""


@dataclass(frozen=True)
class Points:
    """Points of the plane: features (point, 2), labels (point,) of 0 and 1."""

    features: Floats
    labels: Labels

    def part(self, choice: slice | NDArray[np.intp]) -> Points:
        """Return some of the points, or all in another order."""
        return Points(self.features[choice], self.labels[choice])


def draw(count: int) -> Floats:
    """Draw numbers (count,) in [0, 1) from NumPy's global generator, as the chapter does."""
    return np.random.random(count)  # noqa: NPY002


def draw_points() -> Points:
    """Draw two overlapping clouds of 50 points, classes 0 and 1, and shuffle them."""
    x0, y0 = draw(50) - 0.3, draw(50) + 0.3
    x1, y1 = draw(50) + 0.3, draw(50) - 0.3
    features = np.concatenate([np.stack([x0, y0], axis=1), np.stack([x1, y1], axis=1)])
    points = Points(features, np.repeat(np.array([0, 1], dtype=np.int64), 50))
    return points.part(np.argsort(draw(100)))


def train(points: Points) -> MLPClassifier:
    """Train a 2-5-1 network with scikit-learn's defaults, which stop after 200 epochs, converged or not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return MLPClassifier(hidden_layer_sizes=(5,)).fit(points.features, points.labels)


def check(right: int, probability: float) -> None:
    """Stop if the network is not the chapter's."""
    if right != EXPECTED_RIGHT or abs(probability - EXPECTED_PROBABILITY) > 1e-6:
        found = f"{right} right and P(class 1) = {probability:.7f} for the first test point"
        raise SystemExit(f"{found}; the chapter has {EXPECTED_RIGHT} and {EXPECTED_PROBABILITY}")


def rows(kernel: Floats) -> str:
    """Write a kernel (inputs, units) as YAML, one row a line, at full precision."""
    return "\n".join(f"        - {row}" for row in kernel.tolist())


def network_file(network: MLPClassifier, test: Points, right: int, probability: float) -> str:
    """Write the network file: its weights, how it was made, and the first test point as the example."""
    return FILE.format(
        right=right,
        probability=probability,
        total=len(test.labels),
        seed=SEED,
        sklearn=sklearn.__version__,
        numpy=np.__version__,
        python=platform.python_version(),
        example=test.features[0].tolist(),
        hidden_kernel=rows(network.coefs_[0]),
        hidden_bias=network.intercepts_[0].tolist(),
        output_kernel=rows(network.coefs_[1]),
        output_bias=network.intercepts_[1].tolist(),
    )


def write(points: Points, features: Path, labels: Path) -> None:
    """Write points, one a line, and their labels."""
    lines = {features: [f"{x!r},{y!r}" for x, y in points.features.tolist()], labels: map(str, points.labels.tolist())}
    for path, texts in lines.items():
        path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")


def main() -> None:
    """Draw, train, check, write."""
    parser = argparse.ArgumentParser(description="Train the chapter's 2-5-1 network with scikit-learn.")
    parser.add_argument("-o", "--output", type=Path, default=Path("configs"), help="folder to write to")
    output: Path = parser.parse_args().output
    np.random.seed(SEED)  # noqa: NPY002
    points = draw_points()
    learned, test = points.part(slice(TRAINED_ON)), points.part(slice(TRAINED_ON, None))
    network = train(learned)
    right = int((network.predict(test.features) == test.labels).sum())
    probability = float(network.predict_proba(test.features)[0, 1])
    check(right, probability)
    text = network_file(network, test, right, probability)
    (output / "mlp-2-5-1.yaml").write_text(text, encoding="utf-8")
    write(learned, output / "mlp-2-5-1-train.csv", output / "mlp-2-5-1-train-labels.csv")
    write(test, output / "mlp-2-5-1-test.csv", output / "mlp-2-5-1-labels.csv")
    print(f"{right} of {len(test.labels)} right; P(class 1) = {probability:.7f} for the first test point")


if __name__ == "__main__":
    main()
