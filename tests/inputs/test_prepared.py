"""What the command line asks of pictures beside the network file: the same as if the file, or the picture, had it."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given as for_any
from hypothesis import strategies as st
from PIL import Image

from dataflow_cli import load_network, save_trace
from dataflow_cli.api import predicted, traced
from dataflow_cli.commands.main import group
from dataflow_cli.commands.run import command as run
from dataflow_cli.errors import InputError, UnknownName
from dataflow_cli.explaining import explained
from dataflow_cli.given import Given
from dataflow_cli.inputs.prepared import prepared
from dataflow_cli.inputs.resizing import middle, size_of
from dataflow_cli.network.build import network_from_text

RANDOM = np.random.default_rng(7)
TALL = RANDOM.integers(0, 256, (15, 8, 1), np.uint8)
SIDES = st.integers(1, 60)


def net(more="", shape="[6, 4, 1]", head=""):
    """A network that hands its pictures on."""
    return network_from_text(f"dftrace: 1\n{head}\ninput: {{shape: {shape}, scale: 1/255{more}}}\nlayers: [linear]")


@pytest.fixture(params=["png", "npy"])
def file(request, tmp_path):
    """A picture of 15 x 8, of values 0..255."""
    path = tmp_path / f"tall.{request.param}"
    if request.param == "png":
        Image.fromarray(TALL[:, :, 0]).save(path)
    else:
        np.save(path, TALL)
    return str(path)


def output(network, file, **asked):
    return traced(network, Given(inputs=(file,), **asked)).output


@pytest.mark.parametrize("resize", ["nearest", "bilinear"])
def test_options_do_what_the_network_file_would(file, resize):
    ours = output(net(), file, input_invert=True, input_resize=resize)
    assert np.array_equal(ours, output(net(f", invert: true, resize: {resize}"), file))
    cut = output(net(), file, input_crop=True, input_resize=resize)
    assert np.array_equal(cut, output(net(f", crop: center, resize: {resize}"), file))
    assert not np.array_equal(cut, output(net(f", resize: {resize}"), file))
    assert not np.array_equal(ours, output(net(f", resize: {resize}"), file))


def test_cropping_is_what_the_middle_alone_would_be(file):
    cut = TALL[1:13]  # 12 x 8 has the proportions of 6 x 4; of the three rows left over, the odd one is below
    ours = traced(net(", resize: bilinear"), Given(inputs=(file,), input_crop=True))
    assert np.array_equal(ours.output, net(", resize: bilinear").trace(cut).output)
    assert not any(problem.code == "W307" for problem in ours.warnings)
    squeezed = traced(net(", resize: bilinear"), Given(inputs=(file,)))
    (problem,) = (problem for problem in squeezed.warnings if problem.code == "W307")
    assert "--input-crop" in problem.hint


def test_what_has_the_right_size_after_cropping_needs_no_resizing(file):
    exact = net(shape="[12, 8, 1]")
    assert np.array_equal(output(exact, file, input_crop=True), exact.trace(TALL[1:13]).output)
    with pytest.raises(InputError) as caught:
        output(net(), file, input_crop=True)
    assert (caught.value.code, "--input-resize bilinear" in caught.value.hint) == ("E301", True)
    assert "a picture cut to 12 x 8 (height x width), expected 6 x 4" in caught.value.message


def test_channels_first_is_cut_at_the_same_place():
    first = net(", resize: nearest", "[2, 6, 4]", "data_format: channels_first")
    last = net(", resize: nearest", "[6, 4, 2]")
    pictures = RANDOM.integers(0, 256, (3, 15, 8, 2), np.uint8)
    asked = {"input_crop": True, "input_invert": True}
    ours = predicted(first, Given(x=np.moveaxis(pictures, -1, 1), **asked))
    assert np.array_equal(np.moveaxis(ours, 1, -1), predicted(last, Given(x=pictures, **asked)))


@for_any(SIDES, SIDES, SIDES, SIDES)
def test_the_middle_has_the_proportions_is_as_large_as_can_be_and_lies_in_the_middle(height, width, high, wide):
    part = middle((height, width), (high, wide))
    rows, columns = size_of(part)
    assert rows == height or columns == width
    assert abs(rows * wide / high - columns) <= max(wide / high, high / wide, 1)
    for one, whole in zip(part, (height, width), strict=True):
        assert 0 <= one.start <= whole - one.stop <= one.start + 1


@pytest.mark.parametrize(
    ("more", "asked", "said"),
    [
        (", invert: true", {"input_invert": True}, "`invert: true`"),
        (", resize: nearest", {"input_resize": "bilinear"}, "`resize: nearest`"),
    ],
)
def test_what_contradicts_the_network_file_is_one_error(more, asked, said):
    with pytest.raises(InputError, match=said) as caught:
        prepared(net(more), Given(**asked))
    assert caught.value.hint == f"leave out --{next(iter(asked)).replace('_', '-')}"


def test_the_same_resizing_twice_is_no_contradiction():
    assert prepared(net(", resize: nearest"), Given(input_resize="nearest")).inputs[0].resize == "nearest"


def test_a_network_without_pictures_has_nothing_to_prepare():
    vector = network_from_text("dftrace: 1\ninput: [3]\nlayers: [relu]")
    with pytest.raises(InputError, match="takes no pictures"):
        prepared(vector, Given(input_crop=True))
    assert prepared(vector, Given()) is vector


def test_the_command_line_has_the_options_and_explanations_too(tmp_path):
    picture = tmp_path / "p.png"
    Image.fromarray(TALL[:12, :, 0]).save(picture)
    (tmp_path / "net.yaml").write_text("dftrace: 1\ninput: [6, 4, 1]\nlayers: [{type: max_pooling2d, pool_size: 2}]")
    options = ["-i", str(picture), "--input-invert", "--input-resize", "nearest", "--input-crop", "-q"]
    done = CliRunner().invoke(run, [str(tmp_path / "net.yaml"), *options, "-f", "json", "--values", "full"])
    assert done.exit_code == 0
    network = network_from_text("dftrace: 1\ninput: [6, 4, 1]\nlayers: [{type: max_pooling2d, pool_size: 2}]")
    asked = Given(inputs=(str(picture),), input_invert=True, input_resize="nearest")
    value = traced(network, asked).output[0, 1, 1, 0]
    assert explained(network, "max_pooling2d_1", (1, 1, 0), asked).value == value
    assert str(int(value)) in done.stdout


@pytest.mark.parametrize("option", ["--input-invert", "--input-resize=nearest", "--input-crop"])
@pytest.mark.parametrize("words", ["bench NET", "draw NET", "show NET --kind kernels", "run TRACE"])
def test_an_option_that_would_do_nothing_is_refused(tmp_path, option, words):
    (tmp_path / "net.yaml").write_text("dftrace: 1\ninput: [6, 4, 1]\nlayers: [{type: max_pooling2d, pool_size: 2}]")
    save_trace(load_network(tmp_path / "net.yaml").trace(TALL[:6, :4]), tmp_path / "trace.npz")
    files = {"NET": str(tmp_path / "net.yaml"), "TRACE": str(tmp_path / "trace.npz")}
    name, *rest = [files.get(word, word) for word in words.split()]
    done = CliRunner().invoke(group.get_command(None, name), [*rest, option])
    assert isinstance(done.exception, SystemExit)
    assert done.exit_code == 2
    assert "input" in done.output


def test_bench_prepares_what_it_measures(file, tmp_path):
    (tmp_path / "net.yaml").write_text("dftrace: 1\ninput: [6, 4, 1]\nlayers: [linear]")
    arguments = [str(tmp_path / "net.yaml"), "-i", file, "--repeat", "1", "--input-resize", "nearest", "-f", "json"]
    assert CliRunner().invoke(group.get_command(None, "bench"), arguments).exit_code == 0


def test_python_programs_have_the_same_by_the_same_names(file):
    asked = {"input_invert": True, "input_resize": "bilinear", "input_crop": True}
    trace = net().trace(file, **asked)
    assert np.array_equal(trace.output, output(net(), file, **asked))
    assert np.array_equal(trace.output, net().predict(file, **asked))
    assert net().explain("linear_1[2,1,0]", x=file, **asked).value == trace.output[0, 2, 1, 0]
    with pytest.raises(UnknownName, match="no way to resize 'cubic'"):
        net().predict(file, input_resize="cubic")
