"""Networks whose sizes the file leaves open, through the commands: each takes them from its input, or from --shape."""

import json

import numpy as np
import pytest
from PIL import Image

from dataflow_cli import load_network
from tests.contract.inside import dftrace

NET = """\
dftrace: 1
name: any
input: {shape: [null, null, 3], scale: 1/255}
weights: {init: he_normal}
layers:
  - {type: conv2d, filters: 4, kernel_size: 3, strides: 2, activation: relu}
  - global_average_pooling2d
  - {type: dense, units: 3, activation: softmax}
"""


@pytest.fixture(name="net")
def a_net(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NET)
    rng = np.random.default_rng(3)
    for name, size in {"a": (30, 40), "b": (30, 40), "c": (25, 31)}.items():
        Image.fromarray(rng.integers(0, 255, (*size, 3), dtype=np.uint8)).save(f"{name}.png")
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.open("a.png").save("turned.png", exif=turned)
    np.save("two.npy", rng.random((2, 17, 19, 3)))
    return "net.yaml"


def done(*arguments, stdin=b""):
    result = dftrace(*arguments, stdin=stdin)
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout.decode()


def refused(*arguments):
    result = dftrace(*arguments)
    assert result.returncode != 0
    return result.stderr.decode()


def test_counts(net):
    counted = json.loads(done("params", net, "-f", "json"))
    assert [row["output_shape"] for row in counted["layers"]] == [[None, None, 3], [None, None, 4], [4], [3]]
    assert [row["macs"] for row in counted["layers"]] == [0, None, 0, 12]
    assert counted["totals"]["params"] == 3 * 3 * 3 * 4 + 4 + 4 * 3 + 3
    assert counted["totals"]["macs"] is None
    assert done("params", net, "-f", "csv", "--fields", "output_shape,macs").splitlines()[2] == "?x?x4,"
    assert "?:" in done("params", net, "--batch", "2")
    known = json.loads(done("params", net, "-f", "json", "--shape", "224x224x3"))
    assert known["totals"]["macs"] == 111 * 111 * 4 * 27 + 12


@pytest.mark.parametrize("view", ["text", "svg", "mermaid", "dot"])
def test_drawings(net, view):
    assert any(one in done("draw", net, "-f", view) for one in ("(?,?,4)", "? x ? x 4", "(?, ?, 4)", "#63;"))
    assert "20160" not in done("draw", net, "-f", view, *(["--as", "volumes"] if view == "svg" else []))


@pytest.mark.parametrize(
    ("files", "shape"),
    [
        (["a.png"], [1, 30, 40, 3]),
        (["a.png", "b.png"], [2, 30, 40, 3]),
        (["turned.png"], [1, 40, 30, 3]),
        (["two.npy"], [2, 17, 19, 3]),
    ],
)
def test_a_run_has_the_sizes_of_its_input(net, files, shape):
    ran = done("run", net, "-i", *files)
    assert str(tuple(shape[shape[0] == 1 :])) in ran
    assert str((*shape[:1], (shape[1] - 1) // 2, (shape[2] - 1) // 2, 4)[shape[0] == 1 :]) in ran


def test_samples_that_run_together_are_of_one_size(net):
    said = refused("run", net, "-i", "a.png", "c.png")
    assert "c.png: a picture of 25 x 31 (height x width), expected 30 x 40, as a.png is" in said
    assert "there is no size to bring pictures to" in refused("run", net, "-i", "a.png", "--input-resize", "nearest")
    as_advised = ["--shape", "224,224,3", "--input-resize", "bilinear"]
    assert "(2, 224, 224, 3)" in done("run", net, "-i", "a.png", "c.png", *as_advised)


def test_it_is_explained_with_the_sizes_of_the_sample(net):
    assert "output (12, 15, 4)" in done("explain", net, "conv2d_1[11,14,3]", "-i", "a.png", "c.png", "--sample", "1")
    assert "12" in refused("explain", net, "conv2d_1[12,0,0]", "-i", "c.png")


def test_a_kept_trace_is_explained_and_drawn(net):
    done("run", net, "-i", "c.png", "-l", "*", "--save", "kept.npz")
    assert "output (12, 15, 4)" in done("explain", "kept.npz", "conv2d_1[11,14,3]")
    assert "(12,15,4)" in done("draw", "kept.npz")


def test_where_no_input_gives_a_size(net):
    assert "such as --shape 224,224,3" in refused("bench", net)
    assert "passes:" in done("bench", net, "--shape", "9,9,3", "--repeat", "1")
    assert "(12, 15, 4)" in done("bench", net, "-i", "c.png", "--repeat", "1")


@pytest.mark.usefixtures("net")
def test_an_example_gives_its_size():
    text = NET.replace("scale: 1/255", "scale: 1/255, example: c.png")
    assert "(25, 31, 3)" in done("run", "-", stdin=text.encode())
    assert "fine" in done("check", "-", stdin=text.encode())
    assert "(12, 15, 4)" in done("bench", "-", "--repeat", "1", stdin=text.encode())


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ("2,2,3", "net.yaml:6:12: error[E133]: conv2d 'conv2d_1': a window of 3 does not fit into height 2"),
        ("8,8,4", "error[E301]: the shape (8, 8, 4) is not one of input 'input', (?, ?, 3)"),
        ("8", "error[E301]: the shape (8,) is not one of input 'input', (?, ?, 3)"),
        ("1,8,8,3", "a shape is that of one sample, without their number: (8, 8, 3)"),
        ("8,x,3", "error[E303]: --shape 8,x,3: expected lengths from 1 on"),
        ("image=8,8,3", "error[E303]: the network has no input 'image'"),
    ],
)
def test_shapes_that_are_none(net, shape, said):
    assert said in refused("params", net, "--shape", shape)


def test_a_length_that_the_file_says_stands(net, tmp_path):
    (tmp_path / net).write_text(NET.replace("null, null", "8, null"))
    assert "write null there" not in refused("params", net, "--shape", "9,9,3")
    assert "(3, 4, 4)" in done("params", net, "--shape", "8,9,3")
    (tmp_path / net).write_text(NET.replace("null, null", "8, 9"))
    assert "write null there for one that may be any" in refused("params", net, "--shape", "9,9,3")
    assert done("params", net, "--shape", "8,9,3") == done("params", net)


def test_the_open_lengths_alone_are_enough(net, tmp_path):
    assert done("params", net, "--shape", "8,9") == done("params", net, "--shape", "8,9,3")
    (tmp_path / net).write_text(NET.replace("null, null", "8, null"))
    assert done("params", net, "--shape", "9") == done("params", net, "--shape", "8,9,3")


def test_a_layer_in_words_has_the_sizes_of_the_data(net):
    assert "from (?, ?, 3)" in done("explain", net, "conv2d_1").replace("input ", "")
    assert "(25, 31, 3) to (12, 15, 4)" in done("explain", net, "conv2d_1", "-i", "c.png")
    assert "(17, 19, 3)" in done("explain", net, "conv2d_1", "-i", "two.npy", "-f", "markdown")


def test_from_python(net):
    network = load_network(net)
    x = np.random.default_rng(0).random((3, 10, 12, 3))
    assert network.predict(x).shape == (3, 3)
    assert network.trace(x).value("conv2d_1").shape == (3, 4, 5, 4)
    trace = network.trace(x[:, :7])
    explained = trace.explain("conv2d_1", (2, 4, 1)).value, network.explain("conv2d_1", (2, 4, 1), x[:, :7]).value
    assert explained == pytest.approx([trace.value("conv2d_1")[0, 2, 4, 1]] * 2)


def test_sequences(tmp_path):
    net = tmp_path / "words.yaml"
    layers = "layers: [{type: embedding, input_dim: 9, output_dim: 2}]"
    net.write_text(f"dftrace: 1\ninput: [null]\nweights: {{init: he_normal}}\n{layers}\n")
    assert "(5, 2)" in done("run", str(net), "--value", "1,2,3,4,5")
    (tmp_path / "column.csv").write_text("1\n2\n3\n")
    (tmp_path / "rows.csv").write_text("1,2\n3,4\n5,6\n")
    assert "(3, 2)" in done("run", str(net), "-i", str(tmp_path / "column.csv"))
    assert "(3, 2, 2)" in done("run", str(net), "-i", str(tmp_path / "rows.csv"))
    assert "(7, 2)" in done("params", str(net), "--shape", "7")
