"""Sides of a comparison that other programs write: a model of Keras, and the debug tree of transformers."""

from __future__ import annotations

import numpy as np
import pytest

from tests.contract.shell import dftrace

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_a_model_of_keras_is_run(tmp_path, ending):
    keras = pytest.importorskip("keras")
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.Conv2D(4, 3, activation="relu", name="first"),
            keras.layers.Flatten(name="flat"),
            keras.layers.Dense(5, name="last"),
        ]
    )
    model.save(tmp_path / f"model.{ending}")
    x = np.random.default_rng(0).normal(size=(2, 8, 8, 3)).astype("f4")
    np.save(tmp_path / "x.npy", x)
    every = keras.Model(model.inputs, [layer.output for layer in model.layers])
    names = [layer.name for layer in model.layers]
    np.savez(tmp_path / "c.npz", **dict(zip(names, map(np.asarray, every.predict(x, verbose=0)), strict=True)))
    words = (tmp_path / f"model.{ending}", tmp_path / "c.npz", "-i", tmp_path / "x.npy")
    for sides in (words, (words[1], words[0], *words[2:])):
        done = dftrace("diff", *sides)
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.startswith(b"no layer differs")


def test_the_debug_tree_of_transformers(tmp_path):
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    config = transformers.BertConfig(
        vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32
    )
    model = transformers.BertModel(config).eval()
    for folder in ("one", "two"):
        with transformers.model_addition_debugger_context(
            model, debug_path=str(tmp_path / folder), do_prune_layers=False, use_repr=False
        ):
            model.forward(input_ids=torch.arange(6)[None])
        if folder == "one":
            model.encoder.layer[1].output.dense.bias.data[3] += 0.5
    done = dftrace("diff", tmp_path / "one", tmp_path / "two")
    assert (done.returncode, done.stderr) == (1, b"")
    assert done.stdout.startswith(b"encoder.layer.1.output.dense differs, the first that does")


def test_a_trace_of_a_model_is_enough_with_the_model(tmp_path):
    """Of an ONNX model its arrays are ours only by what the importer makes of them."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnx")
    net = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(144, 5)
    ).eval()
    torch.onnx.export(net, torch.zeros(1, 3, 8, 8), str(tmp_path / "m.onnx"), dynamo=False)
    x = np.random.default_rng(0).normal(size=(1, 3, 8, 8)).astype("f4")
    np.save(tmp_path / "x.npy", x)
    with torch.no_grad():
        wanted = net(torch.from_numpy(x)).numpy()
    np.savez(tmp_path / "c.npz", output=wanted)
    words = ("m.onnx", "-i", "x.npy")
    assert dftrace("run", *words, "--save", "t.npz", "-q", cwd=tmp_path).returncode == 0
    with np.load(tmp_path / "t.npz") as npz:
        last = [name for name in npz.files if npz[name].shape == (1, 5)][-1]
    done = dftrace("explain", "t.npz", f"{last}[2]", "--precision", "4", cwd=tmp_path)
    assert done.stdout.decode().startswith(f"{last}[2] = {wanted[0, 2]:.4g}"[:14])
    for side in ("m.onnx", "t.npz"):
        found = dftrace("diff", side, "c.npz", "-i", "x.npy", cwd=tmp_path)
        assert (found.returncode, found.stderr) == (0, b"")
