"""`dftrace explain` as it is called."""

import json

import pytest

from tests.contract.shell import MNIST, ROOT, SEVEN, TINY, dftrace

CONFIGS = ROOT / "configs"


def test_an_element():
    done = dftrace("explain", CONFIGS / "conv2d-picture.yaml", "conv2d_1[1,1,0]")
    assert done.returncode == 0
    assert done.stdout.decode().startswith("conv2d_1[1, 1, 0] = -209\n")
    assert done.stderr == b""


def test_negative_numbers_count_from_the_end():
    done = dftrace("explain", MNIST, "dense_2[-3]", "-i", SEVEN)
    assert done.stdout.decode().startswith("dense_2[7] = 1.000\n")


def test_the_value_is_what_run_shows():
    run = dftrace("run", MNIST, "-i", SEVEN, "-l", "dense_1", "--values", "full", "-f", "json")
    value = json.loads(run.stdout)["steps"][0]["values"][0][61]
    done = dftrace("explain", MNIST, "dense_1[61]", "-i", SEVEN, "-f", "json")
    record = json.loads(done.stdout)
    assert record["value"] == pytest.approx(value, rel=1e-6)
    assert record["agrees"] is True


def test_a_whole_dense_layer_and_a_layer_in_words():
    done = dftrace("explain", CONFIGS / "mlp-2-5-1.yaml", "dense_1[:]")
    assert done.stdout.decode().startswith("dense_1: a0 = relu(W0 x + b0)\n")
    done = dftrace("explain", MNIST, "conv2d_2", "-w", "missing.npz")
    assert done.returncode == 0
    assert b"kernel 3\xc2\xb73\xc2\xb732\xc2\xb764 + bias 64 = 18,496" in done.stdout


def test_back():
    done = dftrace("explain", MNIST, "dense_2[7]", "--back", "--terms", "2", "--width", "80")
    assert done.returncode == 0
    assert "Back to the input" in done.stdout.decode()
    assert max(map(len, done.stdout.decode().splitlines())) <= 80


@pytest.mark.parametrize("more", [[], ["--back"], ["-f", "json"], ["-f", "latex"], ["-f", "markdown"]], ids=str)
def test_a_tensor_of_no_axes_is_one_number(more, tmp_path):
    net = tmp_path / "net.yaml"
    layers = "layers:\n  - {type: reshape, target_shape: []}\n  - {type: relu, name: r}\n"
    net.write_text(f"dftrace: 1\ninput: {{shape: [1], example: [3]}}\n{layers}", encoding="utf-8")
    done = dftrace("explain", net, "r[]", *more)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"max(" in done.stdout
    assert b"'r[]'" in dftrace("explain", net, "r").stdout
    wrong = dftrace("explain", net, "r[0]")
    assert (wrong.returncode, b"it is a single number: 'r[]'" in wrong.stderr) == (2, True)


def test_the_category_of_a_single_number(tmp_path):
    net = tmp_path / "net.yaml"
    layers = "layers: [{type: reshape, target_shape: []}, {type: discretization, name: d, bin_boundaries: [0.5]}]\n"
    net.write_text(f"dftrace: 1\ninput: {{shape: [1], example: [3]}}\n{layers}", encoding="utf-8")
    done = dftrace("explain", net, "d[]", "-f", "json")
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["value"] == 1


def test_a_sample_of_several():
    digits = [CONFIGS / f"digits/{digit}.png" for digit in (4, 6)]
    arguments = [part for digit in digits for part in ("-i", digit)]
    done = dftrace("explain", MNIST, "dense_2[6]", *arguments, "--sample", "1", "-f", "json")
    record = json.loads(done.stdout)
    assert record["sample"] == 1
    assert record["source"].endswith("6.png")
    assert record["value"] > 0.5


@pytest.mark.parametrize("form", ["text", "markdown", "latex", "json"])
def test_a_file_appears_whole(form, tmp_path):
    path = tmp_path / "out"
    done = dftrace("explain", CONFIGS / "pooling.yaml", "max_stride_2[0,0,0]", "-f", form, "-o", path)
    assert (done.returncode, done.stdout) == (0, b"")
    assert path.read_text(encoding="utf-8").endswith("\n")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["conv9[1]"], "error[E600]: mnist-cnn has no layer 'conv9'"),
        (["conv2d_1[1,2]"], "error[E600]: conv2d_1[1,2] has 2 indices"),
        (["conv2d_1[1,2,99]"], "error[E600]: conv2d_1[1,2,99]: channel 99 is out of range"),
        (["conv2d_1[x]"], "error[E600]: 'conv2d_1[x]' names no element"),
        (["conv2d_1[:]"], "error[E600]: conv2d 'conv2d_1' is not shown as a whole"),
        (["conv2d_1", "--back"], "--back starts from one element"),
        (["dense_1[1]", "--sample", "3"], "error[E303]: there is no sample 3"),
        (["dense_1[1]", "--terms", "0"], "neither a whole number from 1 on nor all"),
        (["dense_1[1]", "-i", "missing.png"], "error[E300]"),
        (["dense_1[1]", "-w", "missing.npz"], "error[E200]"),
    ],
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_mistakes(arguments, said, form):
    """One clear error on stderr, stdout empty, exit code 2."""
    done = dftrace("explain", MNIST, *arguments, "-f", form)
    assert (done.returncode, done.stdout) == (2, b"")
    assert said in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_an_unknown_layer_is_said_before_the_weights_are_read():
    done = dftrace("explain", MNIST, "conv2d_1[99,0,0]", "-w", "missing.npz")
    assert b"out of range" in done.stderr


def test_the_network_may_come_from_standard_input():
    done = dftrace("explain", "-", "dense_1[0]", stdin=TINY.encode())
    assert done.returncode == 0
    assert "The network answers right (0.731)." in done.stdout.decode()


def test_only_one_thing_comes_from_standard_input():
    done = dftrace("explain", "-", "dense_1[0]", "-i", "-", stdin=TINY.encode())
    assert done.returncode == 2
    assert b"can be read only once" in done.stderr


def test_ascii():
    done = dftrace("explain", CONFIGS / "conv1d-ramp.yaml", "same[0,0]", env={"LC_ALL": "C"})
    assert done.stdout.isascii()
    assert b"[ * 2 6 ] x [ -1 0 1 ]" in done.stdout


def test_names_are_safe_to_print():
    """An escape sequence in a layer's name is shown, not obeyed."""
    text = TINY.replace("name: tiny", 'name: "a\\x1b[31mb"')
    done = dftrace("explain", "-", "dense_1[0]", stdin=text.encode())
    assert b"\x1b" not in done.stdout


def test_a_picture_by_its_ending_or_its_format_of_a_run_and_of_its_trace(tmp_path):
    net = CONFIGS / "conv2d-picture.yaml"
    assert dftrace("run", net, "-l", "*", "--save", tmp_path / "kept.npz", "-q").returncode == 0
    pictures = []
    for given in (net, tmp_path / "kept.npz"):
        done = dftrace("explain", given, "conv2d_1[1,1,0]", "--theme", "dark", "-o", tmp_path / "why.svg")
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        pictures.append((tmp_path / "why.svg").read_bytes())
    assert (
        pictures[0] == pictures[1] == dftrace("explain", net, "conv2d_1[1,1,0]", "--theme", "dark", "-f", "svg").stdout
    )
    assert b">-560<" in pictures[0]
    assert dftrace("explain", net, "conv2d_1[1,1,0]", "-f", "png").stdout.startswith(b"\x89PNG")
    assert dftrace("explain", net, "conv2d_1", "-f", "svg").stdout.startswith(b"<svg")
    done = dftrace("explain", net, "conv2d_1[1,1,0]", "-o", tmp_path / "why.pdf")
    assert (done.returncode, (tmp_path / "why.pdf").exists()) == (2, False)
    assert b"why.pdf: pictures are written as PNG or SVG" in done.stderr
