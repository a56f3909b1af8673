"""What a network file does not say: presets, values beside them, names of classes; and a model that says none of it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from dataflow_cli import load_trace, save_trace
from dataflow_cli.api import traced
from dataflow_cli.commands.main import group
from dataflow_cli.errors import DftraceError, InputError, NetworkError
from dataflow_cli.given import Given
from dataflow_cli.inputs.prepared import prepared
from dataflow_cli.inputs.presets import PRESETS
from dataflow_cli.netfile.keys import PREPROCESSINGS
from dataflow_cli.network.build import network_from_text
from dataflow_cli.render.pictures.photo import stored_planes
from dataflow_cli.trace.prediction import predictions

RANDOM = np.random.default_rng(11)
WIDE = RANDOM.integers(0, 256, (20, 31, 3), np.uint8)
MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


def net(fields="", shape="[14, 14, 3]", head="", layers="[linear]"):
    """A network that hands its pictures on."""
    return network_from_text(f"dftrace: 1\n{head}\ninput: {{shape: {shape}{fields}}}\nlayers: {layers}")


@pytest.fixture
def picture(tmp_path):
    """A color picture of 20 x 31."""
    Image.fromarray(WIDE).save(tmp_path / "wide.png")
    return str(tmp_path / "wide.png")


def as_torchvision(size):
    """Resize(16), CenterCrop, ToTensor, Normalize, by the rules that torchvision documents."""
    small = Image.fromarray(WIDE).resize((int(16 * 31 / 20), 16), Image.Resampling.BILINEAR)
    top, left = round((small.height - size) / 2), round((small.width - size) / 2)
    middle = np.asarray(small)[top : top + size, left : left + size]
    return (middle / 255 - MEAN) / STD


def as_keras(values):
    """`load_img(target_size=...)` and a preprocessing of its values."""
    return values(np.asarray(Image.fromarray(WIDE).resize((14, 14), Image.Resampling.NEAREST)).astype(float))


EXPECTED = {
    "torchvision": as_torchvision(14),
    "keras-caffe": as_keras(lambda x: x[..., ::-1] - [103.939, 116.779, 123.68]),
    "keras-tf": as_keras(lambda x: x / 127.5 - 1),
}


@pytest.mark.parametrize("preset", EXPECTED)
def test_a_preset_is_the_pipeline_that_it_is_named_after_in_both_formats(preset, picture):
    network = net().prepared(preset)
    assert np.allclose(network.predict(picture)[0], EXPECTED[preset], atol=1e-5)
    first = net(shape="[3, 14, 14]", head="data_format: channels_first").prepared(preset)
    assert np.array_equal(first.predict(picture)[0].transpose(1, 2, 0), network.predict(picture)[0])
    again = network_from_text(network.text())
    assert np.array_equal(again.predict(picture), network.predict(picture)), "written to a file, it says the same"


def test_values_one_by_one_are_what_the_network_file_would_say(picture):
    said = {"scale": "1/255", "mean": [0.1, 0.2, 0.3], "std": 0.5, "channel_order": "bgr", "resize": "bilinear"}
    written = net(", scale: 1/255, mean: [0.1, 0.2, 0.3], std: 0.5, channel_order: bgr, resize: bilinear")
    ours = net().prepared(**said).inputs[0]
    assert replace(ours, asked=frozenset(), place=None) == replace(written.inputs[0], place=None)
    options = Given(
        inputs=(picture,),
        input_scale="1/255",
        input_mean="0.1,0.2,0.3",
        input_std="0.5",
        channel_order="bgr",
        input_resize="bilinear",
    )
    assert np.array_equal(traced(net(), options).output, written.predict(picture))
    assert np.array_equal(network_from_text(net().prepared(**said).text()).predict(picture), written.predict(picture))


def test_every_preset_is_offered():
    assert tuple(PRESETS) == PREPROCESSINGS


def test_what_is_said_beside_a_preset_stands_over_it(picture):
    cut = net().prepared("keras-tf", resize="bilinear", crop=True, std=2.0)
    plain = net(", crop: center, resize: bilinear").predict(picture)
    assert np.allclose(cut.predict(picture), (plain / 127.5 - 1) / 2, atol=1e-6)
    sized = net(", resize: bilinear").prepared("torchvision").inputs[0]
    assert (sized.resize, sized.shorter_side) == ("bilinear", None), "the file says what becomes of the size"


@pytest.mark.parametrize(
    ("fields", "shape", "asked", "message"),
    [
        (", scale: 1/255", "[14, 14, 3]", {"preprocess": "keras-caffe"}, "`scale: 1/255`"),
        (", mean: 0.5", "[14, 14, 3]", {"input_mean": "0.25"}, "`mean: [0.5]`"),
        ("", "[14, 14, 1]", {"preprocess": "torchvision"}, "for pictures of 3 channels"),
        ("", "[14, 14, 3]", {"input_mean": "1,2"}, "--input-mean: mean has 2 numbers for 3 channels"),
        ("", "[14, 14, 3]", {"input_scale": "fast"}, "--input-scale: expected a number or a fraction"),
        ("", "[14, 14, 1]", {"channel_order": "bgr"}, "a color picture's 3 channels"),
        ("", "[14, 14, 3]", {"preprocess": "torch"}, "no preprocessing is called 'torch'"),
        ("", "[7]", {"preprocess": "keras-caffe"}, "for pictures of 3 channels"),
        ("", "[7]", {"input_scale": 1, "input_crop": True}, "takes no pictures"),
    ],
)
def test_what_contradicts_the_file_or_does_not_fit_is_one_error(fields, shape, asked, message):
    with pytest.raises(DftraceError) as caught:
        prepared(net(fields, shape), Given(**asked))
    assert message in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("fields", "hint"),
    [
        (", shorter_side: 16", "add `resize: bilinear`"),
        (", shorter_side: 13, resize: nearest", "write 14 or more, or leave it out"),
        (", shorter_side: 16, resize: nearest, crop: center", "keep one of them"),
    ],
)
def test_a_shorter_side_needs_a_way_to_get_there_and_room_for_the_middle(fields, hint):
    with pytest.raises(NetworkError) as caught:
        net(fields)
    assert [(problem.code, problem.hint) for problem in caught.value.problems] == [("E112", hint)]


def test_values_of_a_network_without_pictures_are_prepared_too():
    assert net("", "[2]").prepared(scale=0.5).predict([[4, 8]]).tolist() == [[2, 4]]
    assert net("", "[2]", layers="[{type: reshape, target_shape: [1, 2]}]").prepared("unit").inputs[0].scale is not None


@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_into_a_model_that_does_not_say_how_is_refused_and_every_choice_is_taken(channels, tmp_path):
    Image.fromarray(WIDE[:14, :14, 0] if channels == 1 else WIDE[:14, :14]).save(tmp_path / "p.png")
    network = net("", f"[14, 14, {channels}]")
    foreign = replace(network, inputs=tuple(replace(spec, stated=False) for spec in network.inputs))
    with pytest.raises(InputError) as caught:
        foreign.predict(str(tmp_path / "p.png"))
    choices = caught.value.hint.partition("--preprocess ")[2].partition(",")[0].split("|")
    assert choices == [preset for preset in PRESETS if channels == 3 or preset in ("keras-tf", "unit")]
    for preset in choices:
        assert foreign.prepared(preset).predict(str(tmp_path / "p.png")).size
    assert foreign.prepared(scale=1).predict(str(tmp_path / "p.png")).max() > 1
    assert foreign.predict(WIDE[:14, :14, :channels]).size, "an array is what it is"


def test_the_picture_of_an_input_is_the_picture_again_kept_or_not(picture, tmp_path):
    trace = net().prepared("keras-caffe").trace(picture)
    save_trace(trace, tmp_path / "t.npz")
    nearest = np.asarray(Image.fromarray(WIDE).resize((14, 14), Image.Resampling.NEAREST)).transpose(2, 0, 1)
    for kept in (trace, load_trace(tmp_path / "t.npz")):
        assert np.allclose(stored_planes(kept.steps[0], kept.value("input"))[0], nearest, atol=1e-4)


CLASSES = {
    "lines.txt": "cat\ndog\n",
    "list.json": '["cat", "dog"]',
    "index.json": '{"0": ["n1", "cat"], "1": ["n2", "dog"]}',
    "vocabulary.json": '{"dog": 1, "cat": 0}',
}


@pytest.mark.parametrize("name", CLASSES)
def test_names_of_classes_come_from_files_as_they_are_published(name, tmp_path):
    (tmp_path / name).write_text(CLASSES[name])
    trace = net("", "[2]", layers="[softmax]").prepared(classes=tmp_path / name).trace([[0, 1]])
    assert predictions(trace, 1)[0].best.label == "dog"
    arguments = [_file(tmp_path), "--classes", str(tmp_path / name), "--value", "1,0", "-f", "json"]
    done = CliRunner().invoke(group.get_command(None, "run"), arguments)
    assert "cat" in json.dumps(json.loads(done.stdout)["predictions"][0])


def _file(folder):
    (folder / "net.yaml").write_text("dftrace: 1\ninput: [2]\nlayers: [softmax]")
    return str(folder / "net.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\n\nb", "line 2 is empty"),
        ("a\nb\nc", "3 class names for an output of (2,)"),
        ('{"0": "a", "2": "b"}', "has no class 1"),
        ('["a", 5, [3]]', "class 1"),
        ("[" * 100_000, "no JSON"),
        ('{"a": "b"}', "no list of names"),
        (b"\xff\xfe", "no text in UTF-8"),
    ],
)
def test_a_file_of_names_that_does_not_fit_is_one_error(text, message, tmp_path):
    (tmp_path / "names").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as caught:
        net("", "[2]").prepared(classes=tmp_path / "names")
    assert message in caught.value.message


def test_the_scale_of_colors_is_not_that_of_values(picture, tmp_path):
    (tmp_path / "net.yaml").write_text("dftrace: 1\ninput: [20, 31, 3]\nlayers: [linear]")
    show = group.get_command(None, "show")
    refused = CliRunner().invoke(show, [str(tmp_path / "net.yaml"), "-i", picture, "--scale", "1/255"])
    option = next(word for word in refused.output.split() if word.startswith("--input-"))
    arguments = [str(tmp_path / "net.yaml"), "-i", picture, "--scale", "global", option, "1/255", "-q"]
    assert CliRunner().invoke(show, [*arguments, "-o", str(tmp_path / "p.png")]).exit_code == 0
