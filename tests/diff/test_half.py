"""What half precision costs is no fault, whichever side has it; a fault in half precision is one."""

from itertools import permutations

import numpy as np
import pytest

from dataflow_cli.comparing import difference
from dataflow_cli.given import Given
from tests.contract.shell import MNIST, ROOT, SEVEN, dftrace

DIGIT = (str(SEVEN),)
TYPES = ("float64", "float32", "float16", "bfloat16")


@pytest.mark.parametrize("types", list(permutations(TYPES, 2)), ids="-".join)
def test_rounding_is_no_fault(types):
    for name in ("mnist-cnn", "mnist-lstm"):
        net = str(ROOT / f"configs/{name}.yaml")
        found = difference(net, net, *(Given(inputs=DIGIT, dtype=each) for each in types))
        assert found.first is None
        assert found.computed
        assert all(pair.own is not None and pair.own <= 1 for pair in found.pairs if not pair.is_input)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_a_fault_is_found_beneath_the_rounding(tmp_path, dtype):
    """Also in a trace that is read again, of which some layers have too few numbers to tell their type from."""
    text = MNIST.read_text(encoding="utf-8").replace("weights: ", f"weights: {MNIST.parent}/")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(text.replace("kernel_size: 3", "kernel_size: 3, flip_kernel: true", 1))
    said = []
    for path in (MNIST, wrong):
        saved = tmp_path / f"{path.stem}.npz"
        assert dftrace("run", path, "-i", SEVEN, "--dtype", dtype, "--save", saved, "-q").returncode == 0
        sides = ((path, "--dtype-b", dtype), (saved,))
        said += [dftrace("diff", MNIST, *words, "-i", SEVEN).stdout.decode() for words in sides]
    assert [each.split()[0] for each in said] == ["no", "no", "conv2d_1", "conv2d_1"]
    assert all("flip_kernel" in each for each in said[2:])


def test_the_smallest_numbers_of_float16_are_steps(tmp_path):
    """Of a softmax over numbers far apart, all but one lie below the least step of float16."""
    net = tmp_path / "net.yaml"
    net.write_text("dftrace: 1\ninput: [40]\nlayers: [{type: softmax}]\n")
    np.save(tmp_path / "x.npy", np.linspace(-10, 10, 40, dtype="f4")[None])
    given = Given(inputs=(str(tmp_path / "x.npy"),))
    found = difference(str(net), str(net), given, Given(inputs=given.inputs, dtype="float16"))
    assert found.first is None
