"""Pictures of every mode become what the network takes; damaged and hostile ones become one error."""

import io
import struct
import zlib
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image

from dataflow_cli.files.problem import FileProblem
from dataflow_cli.files.source import Source
from dataflow_cli.inputs.picture import read_picture
from dataflow_cli.inputs.resizing import resized

GRADIENT = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
COLORS = np.stack([GRADIENT, 255 - GRADIENT, GRADIENT // 2], axis=2)


def encoded(image, form="PNG", **options):
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def read(data, channels=1, size=(3, 4), resize=None):
    array, problems = read_picture(Source("x", data), channels=channels, size=size, resize=resize)
    assert all(problem.severity == "warning" for problem in problems)
    return array, [f"{problem.code} {problem.message}" for problem in problems]


def png(width, height, depth, color, rows):
    """A PNG written by hand, for the kinds that Pillow does not write."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


LUMA_WARNING = ["W304 x: color was converted to gray (ITU-R 601 luma)"]
REPEATED = ["W304 x: gray was repeated for 3 channels"]
WHITE_WARNING = ["W304 x: transparent parts were laid over white"]


class TestModes:
    def test_gray(self):
        array, warnings = read(encoded(Image.fromarray(GRADIENT)))
        assert (array.shape, array.dtype, warnings) == ((3, 4, 1), np.uint8, [])
        assert (array[..., 0] == GRADIENT).all()

    def test_gray_for_color(self):
        array, warnings = read(encoded(Image.fromarray(GRADIENT)), channels=3)
        assert (array == GRADIENT[..., None]).all()
        assert (array.shape, warnings) == ((3, 4, 3), REPEATED)

    def test_color(self):
        array, warnings = read(encoded(Image.fromarray(COLORS)), channels=3)
        assert (array == COLORS).all()
        assert warnings == []

    def test_color_for_gray_is_luma(self):
        array, warnings = read(encoded(Image.fromarray(COLORS)))
        red, green, blue = (COLORS[..., channel].astype(int) for channel in range(3))
        assert (array[..., 0] == (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16).all()
        assert warnings == LUMA_WARNING

    def test_color_without_color_is_gray(self):
        array, warnings = read(encoded(Image.fromarray(np.repeat(GRADIENT[..., None], 3, axis=2))))
        assert (array[..., 0] == GRADIENT).all()
        assert warnings == []

    def test_black_and_white(self):
        array, warnings = read(encoded(Image.fromarray(GRADIENT > 100)))
        assert (array[..., 0] == np.where(GRADIENT > 100, 255, 0)).all()
        assert warnings == []

    @pytest.mark.parametrize("form", ["PNG", "GIF"])
    def test_palette(self, form):
        image = Image.fromarray(COLORS).quantize(256)
        array, warnings = read(encoded(image, form), channels=3)
        assert (array == np.asarray(image.convert("RGB"))).all()
        assert warnings == []

    def test_gray_palette_for_gray(self):
        array, warnings = read(encoded(Image.fromarray(GRADIENT), "GIF"))
        assert (array[..., 0] == GRADIENT).all()
        assert warnings == []

    def test_sixteen_bits_keep_their_fractions(self):
        deep = np.arange(12, dtype=np.uint16).reshape(3, 4) * 5957
        array, warnings = read(encoded(Image.fromarray(deep)))
        assert (array[..., 0] == deep.astype(np.float32) / np.float32(257)).all()
        assert (array.dtype, array.max(), warnings) == (np.float32, np.float32(65527) / np.float32(257), [])

    @pytest.mark.parametrize("form", ["TIFF", "PPM"])
    def test_sixteen_bits_in_other_formats(self, form):
        deep = np.array([[0, 257, 65535]], np.uint16)
        by_hand = b"P5 3 1 65535\n" + deep.astype(">u2").tobytes()  # older Pillows read it and cannot write it
        data = by_hand if form == "PPM" else encoded(Image.fromarray(deep), form)
        array, warnings = read(data, size=(1, 3))
        assert (array.dtype, array.ravel().tolist(), warnings) == (np.float32, [0, 1, 255], [])

    def test_sixteen_bits_for_color(self):
        deep = np.array([[0, 65535]], np.uint16)
        array, warnings = read(encoded(Image.fromarray(deep)), channels=3, size=(1, 2))
        assert array.tolist() == [[[0, 0, 0], [255, 255, 255]]]
        assert warnings == REPEATED

    @pytest.mark.parametrize(("largest", "bits", "factor"), [(200, 8, 257), (4000, 12, 16), (4096, 0, 0), (0, 0, 0)])
    def test_fewer_bits_in_sixteen(self, largest, bits, factor):
        deep = np.array([[0, largest]], np.uint16)
        _, warnings = read(encoded(Image.fromarray(deep)), size=(1, 2))
        assert [warning[:4] for warning in warnings] == (["W303"] if bits else [])
        found = read_picture(Source("x", encoded(Image.fromarray(deep))), channels=1, size=(1, 2))[1]
        hints = [f"if {bits} bits were stored in 16, multiply the values by {factor}"] if bits else []
        assert [problem.hint for problem in found] == hints

    def test_floating_point_and_wide_integers_stay_as_they_are(self):
        values = np.array([[0.25, 1, -3]], np.float32)
        assert read(encoded(Image.fromarray(values), "TIFF"), size=(1, 3))[0].ravel().tolist() == [0.25, 1, -3]
        values = np.array([[5, 70000]], np.int32)
        assert read(encoded(Image.fromarray(values), "TIFF"), size=(1, 2))[0].ravel().tolist() == [5, 70000]

    def test_cmyk(self):
        image = Image.fromarray(COLORS).convert("CMYK")
        array, warnings = read(encoded(image, "TIFF"), channels=3)
        assert (array == np.asarray(image.convert("RGB"))).all()
        assert warnings == ["W304 x: CMYK was converted to RGB"]

    def test_four_channels_keep_transparency(self):
        rgba = np.dstack([COLORS, GRADIENT])
        array, warnings = read(encoded(Image.fromarray(rgba)), channels=4)
        assert (array == rgba).all()
        assert warnings == []

    def test_other_numbers_of_channels(self, failure):
        code, message, hint = failure(read, encoded(Image.fromarray(GRADIENT)), 2)
        assert (code, message, hint) == (
            "E301",
            "a picture has 1, 3 or 4 channels, the network takes 2",
            "give an array (.npy)",
        )


class TestTransparency:
    def test_is_laid_over_white(self):
        rgba = np.array([[[0, 0, 0, 255], [0, 0, 0, 0], [255, 0, 0, 128]]], np.uint8)
        array, warnings = read(encoded(Image.fromarray(rgba)), channels=3, size=(1, 3))
        assert array[0, 0].tolist() == [0, 0, 0]
        assert array[0, 1].tolist() == [255, 255, 255]
        assert array[0, 2].tolist() == [255, 127, 127]
        assert warnings == WHITE_WARNING

    def test_of_gray(self):
        image = Image.fromarray(np.array([[[7, 255], [7, 0]]], np.uint8), "LA")
        array, warnings = read(encoded(image), size=(1, 2))
        assert (array.ravel().tolist(), warnings) == ([7, 255], WHITE_WARNING)

    @pytest.mark.parametrize("mode", ["LA", "RGBA"])
    def test_that_nothing_uses_is_no_reason_to_warn(self, mode):
        array, warnings = read(encoded(Image.fromarray(GRADIENT).convert(mode)))
        assert (array[..., 0] == GRADIENT).all()
        assert warnings == []

    @pytest.mark.parametrize("form", ["PNG", "GIF"])
    def test_of_a_palette_entry(self, form):
        image = Image.fromarray(GRADIENT)
        array, warnings = read(encoded(image.convert("P"), form, transparency=int(GRADIENT[0, 1])))
        expected = GRADIENT.copy()
        expected[0, 1] = 255
        assert (array[..., 0] == expected).all()
        assert warnings == WHITE_WARNING

    def test_of_one_gray_value(self):
        array, warnings = read(encoded(Image.fromarray(GRADIENT), transparency=20))
        assert array[0, 1] == 255
        assert warnings == WHITE_WARNING

    def test_of_white_ink_leaves_nothing(self):
        rgba = np.full((3, 4, 4), 255, np.uint8)
        rgba[0, :, 3] = 0
        _, warnings = read(encoded(Image.fromarray(rgba)))
        assert warnings == [f"{WHITE_WARNING[0]}, and nothing is left to see"]


class TestFrames:
    def test_the_first_of_an_animation(self):
        frames = [Image.fromarray(GRADIENT), Image.fromarray(255 - GRADIENT)]
        for form in ("GIF", "WEBP", "TIFF"):
            options = {"lossless": True} if form == "WEBP" else {}
            data = encoded(frames[0], form, save_all=True, append_images=frames[1:], **options)
            array, warnings = read(data)
            assert (array[..., 0] == GRADIENT).all()
            assert warnings == ["W306 x: holds 2 frames or pages; the first was taken"]


class TestOrientation:
    TURNS = (
        None,
        None,
        "FLIP_LEFT_RIGHT",
        "ROTATE_180",
        "FLIP_TOP_BOTTOM",
        "TRANSPOSE",
        "ROTATE_90",
        "TRANSVERSE",
        "ROTATE_270",
    )
    """What a camera that writes this orientation did to the upright picture."""

    @pytest.mark.parametrize("orientation", range(1, 9))
    @pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "TIFF"])
    def test_exif(self, orientation, form):
        upright = np.zeros((16, 24), np.uint8)
        upright[:8, :16] = 255  # a block in the upper left corner, wider than high
        image = Image.fromarray(upright)
        turn = self.TURNS[orientation]
        stored = image.transpose(Image.Transpose[turn]) if turn else image
        exif = Image.Exif()
        exif[0x0112] = orientation
        array, _ = read(encoded(stored, form, exif=exif), size=(16, 24))
        assert np.abs(array[..., 0].astype(int) - upright).max() < 30


class TestSize:
    def test_another_size_is_an_error(self, failure):
        assert failure(read, encoded(Image.fromarray(GRADIENT)), 1, (28, 28)) == (
            "E301",
            "a picture of 3 x 4 (height x width), expected 28 x 28",
            "write `resize: bilinear` under input in the network file, or run it with --input-resize bilinear",
        )

    def test_nearest(self):
        array, _ = read(encoded(Image.fromarray(GRADIENT)), size=(6, 8), resize="nearest")
        assert (array[..., 0] == GRADIENT.repeat(2, axis=0).repeat(2, axis=1)).all()

    def test_bilinear_averages_when_it_shrinks(self):
        checks = np.indices((8, 8)).sum(axis=0) % 2 * 255
        array, _ = read(encoded(Image.fromarray(checks.astype(np.uint8))), size=(2, 2), resize="bilinear")
        assert np.abs(array.astype(int) - 128).max() < 4

    @pytest.mark.parametrize(("size", "said"), [((6, 8), False), ((28, 28), True), ((3, 8), True), ((31, 40), False)])
    def test_other_proportions_are_said(self, size, said):
        _, warnings = read(encoded(Image.fromarray(GRADIENT)), size=size, resize="bilinear")
        text = f"W307 x: resizing 3 x 4 (height x width) to {size[0]} x {size[1]} changes its proportions"
        assert warnings == ([text] if said else [])

    def test_deep_pictures_are_resized_too(self):
        deep = np.full((3, 4), 1000, np.uint16)
        array, _ = read(encoded(Image.fromarray(deep)), size=(2, 2), resize="bilinear")
        np.testing.assert_allclose(array, 1000 / 257, rtol=1e-6)

    def test_arrays_are_resized_as_pictures_are(self):
        picture, _ = read(encoded(Image.fromarray(COLORS)), 3, (5, 7), "bilinear")
        array = resized(COLORS[np.newaxis], (5, 7), "bilinear")
        assert (array[0] == picture).all()
        floats = resized(COLORS[np.newaxis].astype(np.float64), (5, 7), "bilinear")
        assert floats.dtype == np.float32
        assert np.abs(floats - array).max() < 1.1


class TestHostile:
    @pytest.mark.parametrize("form", ["PNG", "JPEG", "BMP", "TIFF", "GIF", "WEBP"])
    def test_cut_off(self, failure, form):
        noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
        data = encoded(Image.fromarray(noise), form)
        for length in (12, len(data) // 4, len(data) // 2):
            code, message, _ = failure(read, data[:length], 3, (64, 64))
            assert code == "E300"
            assert message.startswith(("the picture cannot be decoded (", "not in a format that is read"))

    def test_more_pixels_than_pillow_allows(self, failure):
        for side in (10_000, 60_000):
            bomb = png(side, side, 8, 0, [])
            assert failure(read, bomb) == (
                "E300",
                "a picture of more than 89,478,485 pixels",
                "make it smaller first",
            )

    def test_damage_anywhere(self):
        data = encoded(Image.fromarray(COLORS))
        for position in range(8, len(data), 3):
            damaged = data[:position] + b"\xff" + data[position + 1 :]
            with suppress(FileProblem):
                read(damaged, 3)

    def test_postscript_runs_no_other_program(self, failure):
        assert failure(read, b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 4 3\n%%EndComments\n")[1] == (
            "not in a format that is read"
        )
