"""The chapter's systems give the chapter's numbers. Every number here is from the chapter or calculated by hand."""

import csv
import math

import numpy as np
import pytest
from PIL import Image

from dataflow_cli import network_from_text
from dataflow_cli.api import traced
from dataflow_cli.given import Given
from dataflow_cli.trace.prediction import classes_of, predictions

CORNER = """
     88  97 112 127 116  97  84  84
     62  70 100 131 126  88  52  51
     41  46  87 127 146 116  78  56
     42  45  76 107 145 137 112  76
     58  59  69  79 111 106  90  68
     74  73  68  60  72  74  72  67
     92  87  75  63  57  74  91  93
    105  97  85  74  60  79 102 110
"""
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def shapes(network):
    return [node.output_shape for node in network.nodes]


def counts(network):
    return [node.parameter_count for node in network.nodes]


class TestData:
    """Section 1."""

    def test_a_minibatch_adds_an_axis(self, trace, configs):
        found = trace("cifar-minibatch")
        assert found.samples == 24
        assert found.value("input").shape == (24, 32, 32, 3)
        assert np.array_equal(found.value("input"), np.load(configs / "patches.npy") / 255)

    def test_every_layer_takes_the_whole_minibatch(self, trace):
        found = trace("cifar-minibatch")
        # 32 - 2 = 30, 30/2 = 15, 15 - 2 = 13, (13 - 2)/2 + 1 = 6, 6·6·32 = 1,152
        assert [found.value(step.name).shape for step in found.steps[1:]] == [
            (24, 30, 30, 16),
            (24, 15, 15, 16),
            (24, 13, 13, 32),
            (24, 6, 6, 32),
            (24, 1152),
        ]
        assert found.parameter_count == (3 * 3 * 3 * 16 + 16) + (3 * 3 * 16 * 32 + 32) == 5088

    def test_random_weights_are_the_same_in_every_run(self, trace, network):
        again = network("cifar-minibatch").trace(dtype="float64")
        assert np.array_equal(again.output, trace("cifar-minibatch").output)

    def test_a_color_picture_is_three_gray_ones(self, trace, configs):
        found = trace("rgb-picture")
        picture = np.asarray(Image.open(configs / "raccoon-color.png"))
        assert found.value("input").shape == (1, 427, 640, 3)
        for channel, name in enumerate(("red", "green", "blue")):
            assert found.value(name).shape == (1, 427, 640, 1)
            assert np.array_equal(found.value(name)[0, :, :, 0], picture[:, :, channel])


class TestTraditionalNetwork:
    """Section 2."""

    def test_each_layer_has_a_matrix_and_a_bias(self, network):
        assert counts(network("mlp-2-5-1")) == [5 * 2 + 5, 1 * 5 + 1]

    def test_the_first_test_point_is_class_0(self, trace):
        found = trace("mlp-2-5-1")
        assert found.output.shape == (1, 1)
        assert found.output[0, 0] == pytest.approx(0.3553164, abs=5e-8)
        assert classes_of(found).tolist() == [0]
        (answer,) = predictions(found, top=2)
        assert answer.best.label == "class 0"
        assert answer.best.score == pytest.approx(1 - 0.3553164, abs=5e-8)

    def test_the_steps_are_those_of_the_chapter(self, trace):
        """W0 x + b0, ReLU, W1 a0 + b1, sigmoid; a matrix has one row a node, the transpose of what is stored."""
        found = trace("mlp-2-5-1")
        x = (0.25214996955019015, 1.092753280036647)
        w0 = (
            (0.11163934926974266, 1.0181217562144862),
            (0.4196600310999969, -0.5472292663381909),
            (0.1374357976809827, 0.6159221669252478),
            (-0.427412203734908, -0.22520956835117747),
            (-0.7869637312569518, -0.4721461874466463),
        )
        b0 = (-0.05593697164475116, 0.23807549062999622, -0.2803344804032535, -0.31330389581004436, 0.9014919315534279)
        w1 = (-0.3830684874858586, 1.2274571555208311, -0.9384907823588774, 0.32985919024828964, -0.6387949038223358)
        b1 = 0.3404045575022226
        a0 = [
            max(0, sum(w * value for w, value in zip(row, x, strict=True)) + b) for row, b in zip(w0, b0, strict=True)
        ]
        z1 = sum(w * a for w, a in zip(w1, a0, strict=True)) + b1
        assert found.value("dense_1")[0].tolist() == pytest.approx(a0, abs=1e-15)
        assert found.output[0, 0] == pytest.approx(1 / (1 + math.exp(-z1)), abs=1e-15)

    def test_23_of_25_test_points_are_right(self, network, configs):
        points, labels = configs / "mlp-2-5-1-test.csv", configs / "mlp-2-5-1-labels.csv"
        found = traced(network("mlp-2-5-1"), Given(inputs=(str(points),), labels=str(labels)))
        assert (found.samples, found.right) == (25, 23)
        assert found.right / found.samples == 0.92

    def test_the_points_are_two_clouds_of_one_generator(self, configs):
        """NumPy promises that this old generator gives the same numbers for ever."""
        rng = np.random.RandomState(8675309)
        x0, y0, x1, y1 = (rng.random_sample(50) for _ in range(4))
        points = np.concatenate([np.stack([x0 - 0.3, y0 + 0.3], 1), np.stack([x1 + 0.3, y1 - 0.3], 1)])
        order = np.argsort(rng.random_sample(100))
        files = [np.loadtxt(configs / f"mlp-2-5-1-{name}.csv", delimiter=",") for name in ("train", "test")]
        assert [len(part) for part in files] == [75, 25]
        assert np.array_equal(np.concatenate(files), points[order])
        labels = [np.loadtxt(configs / f"mlp-2-5-1-{name}.csv") for name in ("train-labels", "labels")]
        assert np.array_equal(np.concatenate(labels), order // 50)

    def test_the_example_is_the_first_test_point(self, trace, configs):
        with (configs / "mlp-2-5-1-test.csv").open() as stream:
            first = next(csv.reader(stream))
        assert trace("mlp-2-5-1").value("input")[0].tolist() == [float(value) for value in first]

    def test_exclusive_or(self, network, trace):
        found = traced(network("xor-mlp"), Given(literals=("[[0, 0], [0, 1], [1, 0], [1, 1]]",)), keep=["dense_1"])
        assert found.value("dense_1").tolist() == [[0, 0, 0, 0, 0], [0, 1, 1, 0, 0], [1, 0, 1, 0, 0], [0, 0, 2, 1, 0]]
        assert found.output.ravel().tolist() == [0, 1, 1, 0]
        assert trace("xor-mlp").output.tolist() == [[1]]


class TestConvolutionInOneDimension:
    """Section 3."""

    def test_the_signal(self, trace):
        signal = np.floor(255 * np.exp(-0.5 * np.linspace(-3, 3, 20) ** 2))
        assert trace("conv1d-ramp").value("input").ravel().tolist() == signal.tolist()

    def test_valid_starts_at_the_first_full_position(self, trace):
        valid = trace("conv1d-ramp").value("valid")
        assert valid.shape == (1, 20 - 2, 1)
        assert valid[0, 0, 0] == 2 * -1 + 6 * 0 + 15 * 1 == 13

    def test_same_has_one_more_on_its_left(self, trace):
        same = trace("conv1d-ramp").value("same")
        assert same.shape == (1, 20, 1)
        assert same[0, :2, 0].tolist() == [0 * -1 + 2 * 0 + 6 * 1, 13] == [6, 13]

    def test_every_value_is_right_minus_left(self, trace):
        signal = [0, 2, 6, 15, 31, 56, 92, 138, 186, 227, 251, 251, 227, 186, 138, 92, 56, 31, 15, 6, 2, 0]
        expected = [right - left for left, right in zip(signal[:-2], signal[2:], strict=True)]
        found = trace("conv1d-ramp")
        assert found.value("same").ravel().tolist() == expected
        assert found.value("valid").ravel().tolist() == expected[1:-1]

    def test_flipping_this_kernel_changes_every_sign(self, trace):
        found = trace("conv1d-ramp")
        assert found.value("flipped")[0, 0, 0] == 2 * 1 + 6 * 0 + 15 * -1 == -13
        assert np.array_equal(found.value("flipped"), -found.value("valid"))


class TestConvolutionInTwoDimensions:
    """Section 4: out[r, c] = 3 x[r - 1, c - 1] - 8 x[r, c] + x[r + 1, c + 1]."""

    ROWS = ((-209, -382, -566, -511, -278, -69, -101), (-106, -379, -571, -638, -438, -284, -241))

    def expected(self, picture):
        """All values, zeros around the picture."""
        padded = np.pad(picture.astype(np.int64), 1)
        return 3 * padded[:-2, :-2] - 8 * padded[1:-1, 1:-1] + padded[2:, 2:]

    def test_the_corner_is_the_chapters(self, trace):
        corner = [[float(value) for value in line.split()] for line in CORNER.strip().splitlines()]
        assert trace("conv2d-picture").value("input")[0, :, :, 0].tolist() == corner
        assert trace("conv2d-raccoon").value("input")[0, :8, :8, 0].tolist() == corner

    def test_the_first_position(self, trace):
        products = (3 * 88, 0 * 97, 0 * 112, 0 * 62, -8 * 70, 0 * 100, 0 * 41, 0 * 46, 1 * 87)
        assert sum(products) == -209
        assert trace("conv2d-picture").output[0, 1, 1, 0] == -209

    def test_what_the_corner_holds_whole(self, trace):
        found = trace("conv2d-picture")
        assert found.output.shape == (1, 8, 8, 1)
        for row, expected in enumerate(self.ROWS, start=1):
            assert found.output[0, row, 1:7, 0].tolist() == list(expected[:6])

    def test_the_rest_needs_the_picture(self, trace):
        found = trace("conv2d-raccoon")
        assert found.output.shape == (1, 512, 512, 1)
        for row, expected in enumerate(self.ROWS, start=1):
            assert found.output[0, row, 1:8, 0].tolist() == list(expected)

    @pytest.mark.parametrize("name", ["conv2d-picture", "conv2d-raccoon"])
    def test_every_value(self, trace, name):
        picture = trace(name).value("input")[0, :, :, 0]
        assert np.array_equal(trace(name).output[0, :, :, 0], self.expected(picture))

    def test_float32_is_exact_here(self, network, trace):
        assert np.array_equal(network("conv2d-raccoon").trace().output, trace("conv2d-raccoon").output)


class TestConvolutionalLayer:
    """Section 5."""

    KERNELS = (  # filter, channel, row, column
        (((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)), ((-1, -2, -1), (0, 0, 0), (1, 2, 1))),
        (((0, 0, 0), (0, 3, 0), (0, 0, 0)), ((-1, 0, 0), (0, 0, 0), (0, 0, 0))),
        (((1, 1, 1), (1, 1, 1), (1, 1, 1)), ((-1, -1, -1), (-1, -1, -1), (-1, -1, -1))),
    )
    BIASES = (1, -2, 5)

    def test_shapes_and_parameters(self, network):
        assert shapes(network("conv-layer")) == [(3, 3, 3), (3, 3, 3)]
        assert counts(network("conv-layer")) == [3 * (3 * 3 * 2) + 3, 0] == [57, 0]

    def test_a_dense_layer_needs_1350_weights_and_27_biases(self):
        text = "dftrace: 1\ninput: [5, 5, 2]\nlayers:\n  - flatten\n  - {type: dense, units: 27}\n"
        node = network_from_text(text).node("dense_1")
        assert node.input_shapes == ((50,),)
        assert {name: parameter.count for name, parameter in node.parameters.items()} == {"kernel": 1350, "bias": 27}

    def test_the_first_position(self, trace):
        # Channel 0 is 0 4 2 / 0 2 1 / 3 1 0 and channel 1 is 1 1 1 / 2 0 1 / 1 2 0 there.
        edges = (-1 * 0 + 1 * 2 - 2 * 0 + 2 * 1 - 1 * 3 + 1 * 0) + (-1 * 1 - 2 * 1 - 1 * 1 + 1 * 1 + 2 * 2 + 1 * 0) + 1
        points = 3 * 2 + -1 * 1 - 2
        sums = (0 + 4 + 2 + 0 + 2 + 1 + 3 + 1 + 0) - (1 + 1 + 1 + 2 + 0 + 1 + 1 + 2 + 0) + 5
        assert trace("conv-layer").value("conv2d_1")[0, 0, 0].tolist() == [edges, points, sums] == [3, 3, 9]

    def test_every_position(self, trace):
        x = trace("conv-layer").value("input")[0]
        expected = [
            [
                [
                    bias
                    + sum(
                        kernels[channel][i][j] * x[row + i, column + j, channel]
                        for channel in range(2)
                        for i in range(3)
                        for j in range(3)
                    )
                    for kernels, bias in zip(self.KERNELS, self.BIASES, strict=True)
                ]
                for column in range(3)
            ]
            for row in range(3)
        ]
        assert trace("conv-layer").value("conv2d_1")[0].tolist() == expected

    def test_relu_sets_what_is_negative_to_zero(self, trace):
        before = trace("conv-layer").value("conv2d_1")
        assert (before < 0).any()
        assert np.array_equal(trace("conv-layer").value("relu_1"), np.where(before > 0, before, 0))

    @pytest.mark.parametrize("size", [1, 3, 5])
    def test_a_kernel_shrinks_height_and_width_by_its_size_less_one(self, size):
        text = f"dftrace: 1\ninput: [9, 7, 2]\nlayers:\n  - {{type: conv2d, filters: 3, kernel_size: {size}}}\n"
        assert shapes(network_from_text(text)) == [(9 - size + 1, 7 - size + 1, 3)]


class TestPooling:
    """Section 6."""

    def test_a_stride_of_2_halves_and_channels_stay(self):
        text = "dftrace: 1\ninput: [24, 24, 32]\nlayers:\n  - {type: %s, pool_size: 2}\n"
        for kind in ("max_pooling2d", "average_pooling2d"):
            network = network_from_text(text % kind)
            assert (shapes(network), counts(network)) == ([(12, 12, 32)], [0])

    def test_8_x_8_gives_4_x_4_or_7_x_7(self, network):
        assert shapes(network("pooling")) == [(4, 4, 1), (4, 4, 1), (7, 7, 1), (7, 7, 1)]

    def test_the_largest_of_each_window(self, trace):
        assert trace("pooling").value("max_stride_2")[0, :, :, 0].tolist() == [
            [4, 8, 5, 9],
            [7, 2, 9, 8],
            [8, 9, 7, 6],
            [7, 4, 8, 9],
        ]

    def test_the_mean_of_each_window(self, trace):
        assert trace("pooling").value("average_stride_2")[0, :, :, 0].tolist() == [
            [2.5, 4, 2.5, 5],
            [3.75, 1, 4.5, 4],
            [3.25, 6, 3.75, 3],
            [4, 2.5, 3.25, 5.25],
        ]

    def test_overlapping_windows(self, trace):
        found = trace("pooling")
        assert found.value("max_stride_1")[0, 0, :, 0].tolist() == [4, 6, 8, 8, 5, 7, 9]
        assert found.value("average_stride_1")[0, 0, :, 0].tolist() == [2.5, 3.25, 4, 3.5, 2.5, 3.5, 5]
        for kind in ("max", "average"):  # every second of them is one of those that lie side by side
            overlapping, apart = found.value(f"{kind}_stride_1"), found.value(f"{kind}_stride_2")
            assert np.array_equal(overlapping[:, ::2, ::2], apart)


class TestWholeNetwork:
    """Sections 7 and 8."""

    def test_shapes(self, network):
        assert network("mnist-cnn").inputs[0].shape == (28, 28, 1)
        assert shapes(network("mnist-cnn")) == [(26, 26, 32), (24, 24, 64), (12, 12, 64), (9216,), (128,), (10,)]

    def test_parameters(self, network):
        assert counts(network("mnist-cnn")) == [320, 18_496, 0, 0, 1_179_776, 1_290]
        assert network("mnist-cnn").parameter_count == 1_199_882

    def test_multiply_accumulates(self, network):
        first, second = 26 * 26 * 32 * (3 * 3 * 1), 24 * 24 * 64 * (3 * 3 * 32)
        assert [node.macs for node in network("mnist-cnn").nodes] == [first, second, 0, 0, 9216 * 128, 128 * 10]
        assert network("mnist-cnn").macs == first + second + 9216 * 128 + 128 * 10 == 11_992_448

    def test_the_trace_tells_the_same(self, trace):
        found = trace("mnist-cnn")
        assert (found.parameter_count, found.macs) == (1_199_882, 11_992_448)
        assert [step.output_shape for step in found.steps] == [
            (28, 28, 1),
            (26, 26, 32),
            (24, 24, 64),
            (12, 12, 64),
            (9216,),
            (128,),
            (10,),
        ]

    def test_flatten_goes_row_by_row_and_channel_by_channel(self, trace):
        pooled = trace("mnist-cnn").value("max_pooling2d_1")[0]
        flat = trace("mnist-cnn").value("flatten_1")[0]
        for row, column, channel in ((0, 0, 0), (0, 0, 63), (0, 11, 5), (5, 7, 17), (11, 11, 63)):
            assert flat[(row * 12 + column) * 64 + channel] == pooled[row, column, channel]
        assert np.array_equal(flat, pooled.reshape(9216))

    @pytest.mark.parametrize("digit", range(10))
    def test_each_digit_is_recognized(self, network, configs, digit):
        found = network("mnist-cnn").trace(configs / "digits" / f"{digit}.png")
        (answer,) = predictions(found, top=1)
        assert (answer.best.index, answer.best.label) == (digit, DIGITS[digit])
        assert found.output.shape == (1, 10)
        assert found.output.sum() == pytest.approx(1)

    @pytest.mark.parametrize(("folder", "digit"), [("fours", 4), ("sixes", 6)])
    def test_ten_fours_and_ten_sixes(self, network, configs, folder, digit):
        files = tuple(str(configs / "digits" / folder / f"{number}.png") for number in range(10))
        found = traced(network("mnist-cnn"), Given(inputs=files), keep=["dense_1"])
        assert found.value("dense_1").shape == (10, 128)
        assert classes_of(found).tolist() == [digit] * 10


class TestResidualNetwork:
    """Beyond the chapter."""

    def test_parameters(self, network):
        stem, down = 3 * 3 * 1 * 16 + 16, 3 * 3 * 16 * 32 + 32
        thin, wide = 2 * (3 * 3 * 16 * 16 + 16), 2 * (3 * 3 * 32 * 32 + 32)
        dense = 32 * 10 + 10
        assert network("tiny-resnet").parameter_count == stem + 2 * thin + down + wide + dense == 32_906

    def test_a_block_adds_what_it_was_given(self, trace):
        found = trace("tiny-resnet")
        for before, block in (("stem", "residual_1"), ("residual_1/add_1", "residual_2"), ("down", "residual_3")):
            total = found.value(f"{block}/b") + found.value(before)
            assert np.array_equal(found.value(f"{block}/add_1"), np.maximum(total, 0))

    def test_its_output_is_ten_probabilities(self, trace):
        assert trace("tiny-resnet").output.shape == (1, 10)
        assert trace("tiny-resnet").output.sum() == pytest.approx(1)
