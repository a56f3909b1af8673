"""What docs/porting.md says is so: its lines export a model of PyTorch's, which gives PyTorch's numbers here."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dataflow_cli import load_network
from dataflow_cli.importing.files import import_to_files
from dataflow_cli.importing.onnxruntime import verified
from tests.contract.shell import dftrace

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]

PAGE = (Path(__file__).parents[2] / "docs" / "porting.md").read_text(encoding="utf-8")
WHOLE = PAGE.partition("## A whole port")[2]
LEAVES = re.compile(r"\s*# leaves with (\d)$")
LINES = re.findall(r"```python\n(torch\.onnx\.export.*)\n```", PAGE)
SMALL = "torch.zeros(1, 3, 16, 16)"


class Small(torch.nn.Module):
    """A block that repeats, an activation of two operations, and a head."""

    def __init__(self):
        super().__init__()
        nn = torch.nn
        block = [[nn.Conv2d(4, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.SiLU()] for _ in range(2)]
        self.stem = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.blocks = nn.Sequential(*[nn.Sequential(*each) for each in block])
        self.pool, self.fc = nn.AdaptiveAvgPool2d(1), nn.Linear(4, 5)

    def forward(self, x):
        return self.fc(self.pool(self.blocks(torch.relu(self.stem(x)))).flatten(1))


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(1)
    found = Small()
    for _ in range(3):  # moments of training
        found(torch.randn(8, 3, 16, 16))
    return found.eval()


def exported(model, line, folder, monkeypatch, **more):
    """The file that a line of the page writes."""
    monkeypatch.chdir(folder)
    if "dynamo=True" in line:
        pytest.importorskip("onnxscript")
    said = line.replace("torch.zeros(1, 3, 224, 224)", SMALL)
    assert said != line
    more = "".join(f", {name}={value}" for name, value in more.items())
    exec(said.removesuffix(")") + more + ")", {"torch": torch, "model": model})  # noqa: S102  the page's own line
    return folder / "model.onnx"


@pytest.mark.parametrize("line", LINES, ids=["export", "script"])
def test_a_line_of_the_page_exports_a_model(line, model, tmp_path, monkeypatch):
    path = exported(model, line, tmp_path, monkeypatch)
    x = np.random.default_rng(2).normal(size=(1, 3, 16, 16)).astype("f4")
    network = load_network(path)
    wanted = model(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(network.trace(x).value(network.outputs[0]), wanted, atol=1e-5)
    names = {node.name.replace("/_", ".").replace("/", ".") for node in network.nodes}
    assert {"stem", "blocks.0.0", "fc"} <= names
    written = import_to_files(path, tmp_path / "net.yaml")
    assert "verified" in verified(path, written)


def test_batch_normalization_is_kept_as_the_page_says(model, tmp_path, monkeypatch):
    """Also that it goes without."""
    ours = {}
    kept = {"training": "torch.onnx.TrainingMode.PRESERVE", "do_constant_folding": "False"}
    for line, more in zip(LINES, ({"optimize": "False"}, kept), strict=True):
        for said in ({}, more):
            network = load_network(exported(model, line, tmp_path, monkeypatch, **said))
            ours[line, bool(said)] = sum(node.layer.type == "batch_normalization" for node in network.nodes)
    assert list(ours.values()) == [0, 2, 0, 2]


def test_what_every_layer_of_pytorchs_has_is_not_written(model, tmp_path, monkeypatch):
    """An epsilon of 1e-5 is PyTorch's own: the file says whose defaults hold, and numbers stay what they are."""
    kept = {"training": "torch.onnx.TrainingMode.PRESERVE", "do_constant_folding": "False"}
    path = exported(model, LINES[1], tmp_path, monkeypatch, **kept)
    written = import_to_files(path, tmp_path / "net.yaml")
    text = (tmp_path / "net.yaml").read_text()
    assert "framework: torch" in text
    assert "batch_normalization" in text
    assert "epsilon" not in text
    assert "verified" in verified(path, written)


def test_the_lines_are_those_of_both_exporters():
    assert ["dynamo=True" in line for line in LINES] == [True, False]


def plain(line):
    """A line without its figures, which are those of one version of PyTorch on one machine."""
    return re.sub(r"-?[0-9][0-9.,]*", "0", line)


def test_the_whole_port_goes_as_the_page_says(tmp_path):
    """Its files are written and its commands run in order: they leave as it says, and print what it shows."""
    (script,) = re.findall(r"```python\n(.*?)```", WHOLE, re.DOTALL)
    (network,) = re.findall(r"```yaml\n(.*?)```", WHOLE, re.DOTALL)
    (tmp_path / "train.py").write_text(script)
    (tmp_path / "port.yaml").write_text(network)
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    for block in re.findall(r"```console\n(.*?)```", WHOLE, re.DOTALL):
        for part in block.split("$ ")[1:]:
            line, *shown = part.splitlines()
            code, command = LEAVES.search(line), LEAVES.sub("", line)
            if command.startswith("dftrace ") and ">" not in command:
                done = dftrace(*shlex.split(command)[1:], cwd=tmp_path)
                assert (done.returncode, b"error" in done.stderr) == (int(code[1]) if code else 0, False), command
                said = {plain(text) for text in done.stdout.decode().splitlines()}
                assert [each for each in shown if plain(each) not in said] == [], command
            else:
                subprocess.run(["sh", "-c", command], cwd=tmp_path, env={**os.environ, "PATH": path}, check=True)
    assert dftrace("diff", "port.yaml", "model.onnx", "-i", "x.npy", cwd=tmp_path).returncode == 0
    text = (tmp_path / "port.yaml").read_text().replace("padding: [1, 1]", "padding: same")
    (tmp_path / "port.yaml").write_text(text)
    assert b"PyTorch as much on both sides" in dftrace("check", "port.yaml", cwd=tmp_path).stdout
