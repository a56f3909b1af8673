"""What `params` counts on request: blocks, minibatches, columns; and how far a network that does not build goes."""

import json

import pytest

from dataflow_cli.network.build import load_network
from dataflow_cli.render.formats import MACHINE_FORMATS
from dataflow_cli.run.computing import Computing, cores
from dataflow_cli.run.memory import needed_bytes
from tests.contract.shell import MNIST, ROOT, dftrace, text_of, written

RESNET = ROOT / "configs" / "tiny-resnet.yaml"


def rows(*arguments):
    return json.loads(text_of("params", *arguments, "-f", "json"))


def test_blocks_are_rows_whose_sums_are_those_of_their_layers():
    whole, page = rows(RESNET), rows(RESNET, "--by", "block")
    assert page["totals"] == whole["totals"]
    inside = [row for row in whole["layers"] if row["name"].startswith("residual_1/")]
    block = next(row for row in page["layers"] if row["name"] == "residual_1")
    for key in ("layers", "params", "trainable", "macs", "output_bytes", "param_bytes"):
        assert block[key] == sum(row[key] for row in inside), key
    for key in ("output_shape", "receptive_field"):
        assert block[key] == inside[-1][key]
    assert rows(RESNET, "--depth", 0) == page
    assert rows(RESNET, "--depth", 1) == whole


def test_the_cache_of_keys_and_values_is_counted_by_layer_block_and_in_all():
    """For every one of 12 layers and 128 tokens two rows of 768 numbers, or by 3 heads of 64 in 30 layers."""
    for name, each, layers in (("gpt2", 128 * 2 * 768, 12), ("llama-smollm-135m", 128 * 2 * 3 * 64, 30)):
        page = rows(RESNET.with_name(f"{name}.yaml"), "--depth", 0)
        assert [row["cache_values"] for row in page["layers"] if row["cache_values"]] == [each] * layers
        assert (page["totals"]["cache_values"], page["totals"]["cache_bytes"]) == (layers * each, layers * each * 4)
        assert f"{layers * each:,} numbers" in text_of("params", RESNET.with_name(f"{name}.yaml"), "--depth", 0)
    assert "keys and values" not in text_of("params", MNIST)


def test_depth_and_tensors_contradict_each_other():
    done = dftrace("params", MNIST, "--by", "tensor", "--depth", 1)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"error[E700]" in done.stderr


def test_memory_of_a_minibatch_is_that_of_its_samples_and_the_peak_is_what_a_run_needs():
    one, many = rows(MNIST), rows(MNIST, "--batch", 128)
    assert many["batch"] == 128
    needed = needed_bytes(load_network(MNIST), 128, "float32", computing=Computing(cores()))
    assert many["peak_bytes"] == needed < 128 * one["totals"]["output_bytes"] + one["totals"]["param_bytes"]
    for key, factor in {"output_bytes": 128, "params": 1, "macs": 1, "param_bytes": 1}.items():
        assert [row[key] for row in many["layers"]] == [factor * row[key] for row in one["layers"]], key
        assert many["totals"][key] == factor * one["totals"][key]
    assert "for 128 samples" in text_of("params", MNIST, "--batch", 128)


def test_shapes_kernels_and_shares_of_the_chapter_s_network():
    found = {row["name"]: row for row in rows(MNIST)["layers"]}
    assert found["conv2d_2"]["input_shapes"] == [[26, 26, 32]]
    assert [found[name]["kernel"] for name in ("conv2d_2", "max_pooling2d_1", "dense_1")] == [[3, 3], [2, 2], None]
    assert found["dense_1"]["share"] == (9216 * 128 + 128) / 1_199_882
    assert sum(row["share"] for row in found.values()) == pytest.approx(1)


@pytest.mark.parametrize(("net", "shown"), [(MNIST, False), (RESNET, True), (ROOT / "configs" / "xor-mlp.yaml", False)])
def test_what_is_connected_to_what_is_shown_where_there_are_branches(net, shown):
    assert ("connected to" in text_of("params", net)) is shown
    assert (text_of("params", net, "-f", "tsv").splitlines()[0].split("\t")[-1] == "inputs") is shown


BROKEN = """\
dftrace: 1
input: {shape: [6, 6, 1]}
weights: {init: he_normal, seed: 7}
layers:
  - {type: conv2d, name: fine, filters: 4, kernel_size: 3, activation: softmax}
  - {type: conv2d, name: bad, filters: 4, kernel_size: 5}
  - {type: flatten, name: after}
"""
GIVEN = ["--value", ",".join(["1"] * 36)]


@pytest.fixture
def broken(tmp_path):
    return written(tmp_path, BROKEN)


@pytest.mark.parametrize("form", ["table", "plain", "markdown"])
def test_people_see_a_network_up_to_the_layer_that_does_not_fit(broken, form):
    done = dftrace("params", broken, "-f", form)
    out = done.stdout.decode().replace("\\", "")
    assert done.returncode == 2
    assert "fine" in out
    assert "after" not in out
    assert "total" not in out
    assert "bad: (4, 4, 4) arrives; wanted: height of at least 5" in out
    assert b"error[E133]" in done.stderr
    for by in ("block", "tensor"):
        assert "(4, 4, 4) arrives" in dftrace("params", broken, "--by", by, "-f", form).stdout.decode()


def test_machines_and_files_get_nothing_of_a_network_that_does_not_build(broken, tmp_path):
    for form in sorted(MACHINE_FORMATS):
        done = dftrace("params", broken, "-f", form)
        assert (done.returncode, done.stdout) == (2, b"")
    done = dftrace("params", broken, "-o", tmp_path / "table.txt")
    assert (done.returncode, done.stdout, (tmp_path / "table.txt").exists()) == (2, b"", False)


def test_sound_layers_above_are_explained_and_run(broken):
    for words in (
        ["explain", broken, "fine"],
        ["explain", broken, "fine[0,0,0]", *GIVEN],
        ["explain", broken, "fine:sum[0,0,0]", *GIVEN],
        ["run", broken, "-l", "fine", "-f", "tsv", *GIVEN],
    ):
        done = dftrace(*words)
        assert done.returncode == 0
        assert b"fine" in done.stdout
        assert b"warning[E133]" in done.stderr
        assert dftrace(*words, "-q").stderr == b""
    assert b"prediction" not in dftrace("run", broken, "-l", "fine", *GIVEN).stdout


@pytest.mark.parametrize("layers", [(), ("bad",), ("after",), ("fine", "bad"), ("*",)])
def test_what_is_not_sound_is_not_run(broken, layers):
    done = dftrace("run", broken, *GIVEN, *(word for name in layers for word in ("-l", name)))
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"error[E133]" in done.stderr
