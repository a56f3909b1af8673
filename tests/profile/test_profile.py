"""Profiles of data sets: the same bits however the work is shared or interrupted, and what is broken on the way."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from dataflow_cli.errors import InputError, UnknownName
from dataflow_cli.given import Given
from dataflow_cli.network.build import load_network, network_from_text
from dataflow_cli.profile import distributed
from dataflow_cli.profile.chunk_profile import ChunkProfile
from dataflow_cli.profile.data import CHUNK, Chunk, data_set
from dataflow_cli.profile.ranges import quantization
from dataflow_cli.profile.run import local_chunks
from dataflow_cli.profile.saved import load_profile, load_started, save_profile
from dataflow_cli.profiling import PART, profile, profiled
from dataflow_cli.run.computing import Computing
from dataflow_cli.run.recorder import run
from dataflow_cli.weights.load import load_weights
from tests.contract.inside import dftrace

NET = """dftrace: 1
input: [2]
classes: [low, high]
layers:
  - type: dense
    units: 3
    activation: relu
    weights: {kernel: [[1, -1, 0], [0, 0, 0]], bias: [0, -100, 1]}
  - {type: dense, units: 2, activation: softmax, weights: {kernel: [[0, 1], [0, 0], [0, 0]], bias: [2, 0]}}
"""
SAMPLES = 2 * CHUNK + 44


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NET)
    first = np.arange(SAMPLES) / 100
    np.save("x.npy", np.stack([first, -first], axis=1).astype(np.float32))
    np.save("y.npy", (first > 1.9).astype(np.int64))
    return tmp_path


def given(**more):
    return Given(inputs=("x.npy",), labels="y.npy", **more)


def saved(result, path="p.npz"):
    save_profile(result, path)
    return Path(path).read_bytes()


def test_what_is_said_of_layers_and_answers(folder):
    """By hand: unit 0 is x, unit 1 is max(-x - 100, 0), unit 2 is 1; the answer is `high` where x > 2."""
    found = profile(load_network("net.yaml"), "x.npy", labels="y.npy")
    layer = found.layer("dense_1")
    assert (layer.dead.tolist(), layer.always_on.tolist(), found.samples) == ([1], [2], SAMPLES)
    assert layer.tally.high.tolist() == [float(np.float32(2.99)), 0, 1]
    assert layer.tally.top_at[0].tolist() == [299, 298, 297, 296, 295]
    assert found.answers.confusion.tolist() == [[191, 0], [10, 99]]
    assert [one.sample for one in found.answers.mistakes[:2]] == [191, 192]
    assert found.name(191) == "x.npy[191]"


def test_the_same_bits_in_any_order_and_for_any_number_of_threads(folder):
    network = load_network("net.yaml")
    plain = saved(profiled(network, given()))

    def backwards(work, chunks):
        ready = local_chunks(
            work.network,
            work.weights,
            chunks,
            work.wanted,
            Computing(threads=2, repeated=True),
            dtype=work.dtype,
            skip_broken=False,
        )
        return iter(list(ready)[::-1])

    assert saved(profiled(network, given(), computing=Computing(threads=2))) == plain
    assert saved(profiled(network, given(), others=backwards)) == plain


def test_the_same_bits_where_a_few_samples_go_together_and_threads_share_their_tiles(tmp_path, monkeypatch):
    """40 pictures, eight at a time through the convolution: by one thread, by two, and by hand all at once."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("dataflow_cli.network.front.CACHED", 8 * 6272)
    monkeypatch.setattr("dataflow_cli.kernels.running.engine.WORTHWHILE", 0)
    head = "dftrace: 1\ninput: [16, 16, 2]\nweights: {init: he_normal, seed: 1}\nlayers:\n"
    convolution = "  - {type: conv2d, filters: 32, kernel_size: 3, activation: relu}\n"
    network = network_from_text(head + convolution + "  - flatten\n  - {type: dense, units: 3}\n")
    x = np.random.default_rng(1).normal(size=(40, 16, 16, 2)).astype(np.float32)
    np.save("x.npy", x)
    one, two = (profile(network, "x.npy", threads=threads) for threads in (1, 2))
    assert saved(one) == saved(two, "q.npz")
    whole = run(network, load_weights(network), [{"input": x}], keep=["conv2d_1"]).value("conv2d_1")
    found = one.layer("conv2d_1").tally
    np.testing.assert_allclose(found.mean, whole.astype(np.float64).mean(axis=(0, 1, 2)), rtol=1e-5)
    assert found.high_at.tolist() == whole.max(axis=(1, 2)).argmax(axis=0).tolist()


def test_what_was_interrupted_goes_on_to_the_same_bits(folder):
    network = load_network("net.yaml")
    plain = saved(profiled(network, given()))
    kept = "p.npz" + PART

    def stop(done, _total):
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        profiled(network, given(), keep=kept, progress=stop)
    assert load_started(kept)[1] == 1
    assert load_profile(kept).samples == CHUNK
    assert saved(profiled(network, given(), keep=kept, resume=True)) == plain
    assert not (folder / kept).exists()
    with pytest.raises(InputError, match="nothing to resume"):
        profiled(network, given(), keep=kept, resume=True)


def test_what_is_resumed_has_to_be_of_the_same_work(folder):
    network = load_network("net.yaml")

    def stop(_done, _total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        profiled(network, given(), keep="k", progress=stop)
    np.savez("w.npz", **{"dense_1/kernel": np.ones((2, 3)), "dense_1/bias": np.ones(3)})
    other = load_network("net.yaml")
    (folder / "other.yaml").write_text(NET.replace("-100", "-99"))
    other = load_network("other.yaml")
    with pytest.raises(InputError, match="is of another network"):
        profiled(other, given(), keep="k", resume=True)


def test_a_saved_profile_is_read_again(folder):
    found = profile(load_network("net.yaml"), "x.npy", labels="y.npy", layers=["dense_1:sum", "dense_1"])
    written = saved(found)
    assert saved(load_profile("p.npz"), "q.npz") == written
    assert [layer.name for layer in load_profile("p.npz").layers] == ["input", "dense_1:sum", "dense_1", "dense_2"]


def test_the_commands_table_of_what_was_made_and_of_what_was_saved_is_the_same(folder):
    made = dftrace("profile", "net.yaml", "-i", "x.npy", "--labels", "y.npy", "--save", "p.npz")
    assert made.returncode == 0, made.stderr.decode()
    assert "1 of 3 units" in made.stdout.decode()
    assert "accuracy: 290 of 300 right, 96.67 %" in made.stdout.decode()
    assert dftrace("profile", "p.npz").stdout == made.stdout
    rows = json.loads(dftrace("profile", "p.npz", "--by", "channel", "-l", "dense_1", "-f", "json").stdout.decode())
    assert [row["state"] for row in rows["channels"]] == ["", "dead", "always on"]
    assert rows["channels"][0]["for_class"] == "high"
    assert "low 10" in dftrace("profile", "p.npz", "--by", "class").stdout.decode()


def test_folders_are_classes_and_what_is_broken_is_named_and_skipped(folder):
    from PIL import Image

    for name, value in (("low", 0), ("high", 255)):
        (folder / "data" / name).mkdir(parents=True)
        for number in range(3):
            Image.new("L", (2, 1), value).save(folder / "data" / name / f"{number}.png")
    (folder / "data" / "low" / "1.png").write_bytes(b"\x89PNG\r\n\x1a\n\0")
    network = network_from_text(NET.replace("input: [2]", "input: [1, 2]").replace("layers:", "layers:\n  - flatten"))
    with pytest.raises(InputError, match=r"low.1\.png"):
        profile(network, "data")
    found = profile(network, "data", skip_broken=True)
    assert (found.samples, [path for _, path, _ in found.broken]) == (5, ["data/low/1.png"])
    assert found.answers.confusion.tolist() == [[2, 0], [0, 3]]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-i", "x.npy", "--labels", "long.npy"), "4 labels for 300 samples"),
        (("-i", "x.npy", "--labels", "wide.npy"), "label 1 is 7, and the network has 2 classes"),
        ((), "a profile is of a data set"),
        (("-i", "x.npy", "--by", "class"), "the profile knows no right classes"),
        (("-i", "x.npy", "--resume"), "--resume goes on with what --save names"),
        (("-i", "x.npy", "--workers", "2", "--scheduler", "tcp://a:1"), "three ways to say who computes"),
    ],
)
def test_what_is_refused(folder, arguments, said):
    np.save("long.npy", np.zeros(4, np.int64))
    np.save("wide.npy", np.full(SAMPLES, 7))
    done = dftrace("profile", "net.yaml", *arguments)
    assert done.returncode == 2
    assert said in done.stderr.decode()


def test_a_data_set_is_found_in_several_files(folder):
    network = load_network("net.yaml")
    np.save("part-2.npy", np.zeros((130, 2), np.float32))
    np.save("part-10.npy", np.ones((3, 2), np.float32))
    found = data_set(network, ["part-*.npy"], given_wanted(), None, skip_broken=False)
    assert (found.samples, found.chunks, found.name(131)) == (133, 2, "part-10.npy[1]")
    assert [(each.path, each.first, each.count) for each in found.chunk(1).inputs["input"]] == [
        ("part-2.npy", 128, 2),
        ("part-10.npy", 0, 3),
    ]


def given_wanted():
    from dataflow_cli.inputs.wanted import Wanted

    return Wanted()


def test_right_classes_that_are_wanted_and_not_given_are_missed_before_anything_runs(folder):
    def nobody(_work, _chunks):
        raise AssertionError("it runs")

    with pytest.raises(UnknownName, match="no right classes"):
        profiled(load_network("net.yaml"), Given(inputs=("x.npy",)), others=nobody, judged=True)
    save_profile(profile(load_network("net.yaml"), "x.npy"), "p.npz")
    assert b"no right classes" in dftrace("profile", "p.npz", "--by", "class").stderr


def test_ranges_hold_zero_and_what_is_asked_for(folder):
    found = profile(load_network("net.yaml"), "x.npy")
    ranges = quantization(found, ["input", "dense_1"])
    assert ranges["dense_1"][0]["scale"] == pytest.approx(2.99 / 255, rel=1e-6)
    assert ranges["dense_1"][0]["zero_point"] == 0
    assert ranges["input"][0]["zero_point"] == 128
    assert quantization(found, ["input"], 0.5)["input"][0]["rmax"] < 2.99


def test_nothing_of_two_chunks_is_lost_when_one_holds_no_sound_sample():
    empty, full = ChunkProfile(broken=((0, "a", "b"),)), ChunkProfile(samples=3, broken=((9, "c", "d"),))
    assert empty.merged(full).samples == full.merged(empty).samples == 3
    assert len(empty.merged(full).broken) == 2


@pytest.mark.parametrize("command", ["run", "params", "show", "check"])
def test_other_commands_call_a_saved_profile_what_it_is(folder, command):
    save_profile(profile(load_network("net.yaml"), "x.npy"), "p.npz")
    done = dftrace(command, "p.npz")
    assert done.returncode in (1, 2)
    assert b"a saved profile, not a network file" in done.stderr + done.stdout


def test_a_file_that_was_written_anew_is_read_anew(folder):
    network = load_network("net.yaml")
    assert profile(network, "x.npy").layer("input").high == float(np.float32(2.99))
    np.save("x.npy", np.ones((SAMPLES, 2), np.float32))
    assert profile(network, "x.npy").layer("input").high == 1


def test_percentiles_by_channel_are_kept_and_told_where_they_are_counted(folder):
    made = dftrace("profile", "net.yaml", "-i", "x.npy", "--histograms", "--save", "p.npz", "--by", "channel")
    assert b"99.9 %" in made.stdout
    assert b"99.9 %" not in dftrace("profile", "net.yaml", "-i", "x.npy", "--by", "channel").stdout
    layer = load_profile("p.npz").layer("dense_1")
    values = np.load("x.npy")[:, 0]
    found = layer.channel_percentile(0, 0.5, "float32")
    assert np.median(values) <= found * (1 + 1e-6) <= np.median(values) * (1 + 1 / 16)
    assert layer.channel_percentile(2, 0.5, "float32") == 1
    assert dftrace("profile", "p.npz", "--by", "channel", "--kind", "histogram", "-o", "h.svg").returncode == 0
    save_profile(profile(load_network("net.yaml"), "x.npy"), "q.npz")
    assert b"--histograms" in dftrace("profile", "q.npz", "--by", "channel", "--kind", "histogram").stderr


def test_what_was_begun_with_histograms_is_not_gone_on_with_without(folder):
    def stop(_done, _total):
        raise KeyboardInterrupt

    network = load_network("net.yaml")
    with pytest.raises(KeyboardInterrupt):
        profiled(network, given(), keep="k", progress=stop, histograms=True)
    with pytest.raises(InputError, match="was begun with --histograms"):
        profiled(network, given(), keep="k", resume=True)


def test_a_task_gives_back_what_it_had_done_when_a_chunk_failed(monkeypatch):
    """Several chunks are a task of a worker; those before a broken one are not lost."""

    class Profiler:
        def profile(self, chunk):
            if chunk.number == 2:
                raise InputError("broken", hint="mend it", code="E301")
            return ChunkProfile(samples=chunk.number)

    monkeypatch.setattr(distributed, "_profiler", lambda _: Profiler())
    found, _, problem = distributed.profiled_chunks(None, [Chunk(number, 0, {}) for number in (0, 1, 2, 3)])
    assert [(number, each.samples) for number, each in found] == [(0, 0), (1, 1)]
    assert problem is not None
    assert problem[0].endswith("broken")
    assert problem[1:] == ("mend it", "E301")


def test_a_network_that_leaves_sizes_open_has_those_of_the_data_set(tmp_path):
    """The same as where its file says them."""
    text = "dftrace: 1\ninput: [{}, {}, 1]\nlayers:\n  - {{type: average_pooling2d, pool_size: 2}}\n"
    np.save(tmp_path / "x.npy", np.random.default_rng(3).normal(size=(5, 6, 4, 1)).astype("f4"))
    opened, said = (
        profile(network_from_text(text.format(*sizes)), str(tmp_path / "x.npy")) for sizes in (("null", "null"), (6, 4))
    )
    for one, other in zip(opened.layers, said.layers, strict=True):
        assert one.output_shape == other.output_shape
        for name, array in one.tally.arrays().items():
            np.testing.assert_array_equal(array, other.tally.arrays()[name])
