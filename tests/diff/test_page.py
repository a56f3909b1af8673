"""The example of the page about comparisons is what the command says."""

import re
from dataclasses import replace

import numpy as np

from dataflow_cli import load_network
from tests.contract.shell import ROOT, dftrace

PAGE = (ROOT / "docs/comparing.md").read_text(encoding="utf-8")


def captured(path):
    """What another program would have captured that flips the second kernel."""
    network = load_network(ROOT / "configs/mnist-cnn.yaml")
    nodes = [
        replace(node, layer=replace(node.layer, flip_kernel=True)) if node.name == "conv2d_2" else node
        for node in network.nodes
    ]
    trace = replace(network, nodes=tuple(nodes)).trace(ROOT / "configs/digits/7.png")
    values = {f"{place}.{node.layer.type}": trace.value(node.name) for place, node in enumerate(network.nodes, 1)}
    np.savez(
        path,
        input=trace.value("input"),
        **{name: x.transpose(0, 3, 1, 2) if x.ndim == 4 else x for name, x in values.items()},
    )


def test_the_example_is_real(tmp_path):
    (command, said), *_ = re.findall(r"^\$ dftrace (.*)\n((?:.+\n)+?)```", PAGE, re.MULTILINE)
    captured(tmp_path / "captured.npz")
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    done = dftrace(*command.split(), cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.decode() == said


def test_trouble_is_one_error_and_leaves_with_2(tmp_path):
    np.savez(tmp_path / "other.npz", something=np.zeros((3, 5, 7)))
    np.savez(tmp_path / "empty.npz")
    (tmp_path / "folder").mkdir()
    net = ROOT / "configs/mnist-cnn.yaml"
    for side, said in (("other.npz", b"no tensor pairs"), ("empty.npz", b"no tensors"), ("folder", b"no tensors")):
        done = dftrace("diff", net, side, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, b"")
        assert said in done.stderr
    done = dftrace("diff", net, net, "--map", "conv2d_1=nothing", cwd=tmp_path)
    assert done.returncode == 2
    assert b"no tensor is called 'nothing'" in done.stderr
