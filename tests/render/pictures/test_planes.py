"""Which value of a tensor is which pixel of which tile."""

from __future__ import annotations

import numpy as np
import pytest

from dataflow_cli.render.pictures.colormaps import BAD
from dataflow_cli.render.pictures.planes import grid_columns, planes_of, shrunk


@pytest.mark.parametrize(
    ("count", "columns"),
    [(1, 1), (2, 2), (3, 3), (4, 2), (6, 3), (10, 4), (16, 4), (32, 8), (64, 8), (96, 12), (128, 16), (512, 32)],
)
def test_grids_are_near_square_and_have_no_gaps_where_they_can(count, columns):
    assert grid_columns(count) == columns


def test_a_grid_is_never_longer_than_wide_by_more_than_a_row():
    for count in range(1, 600):
        columns = grid_columns(count)
        rows = -(-count // columns)
        assert (rows - 1) * columns < count <= rows * columns, count
        assert columns <= max(3, 2 * rows), count


def test_a_plane_is_one_channel():
    array = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    last = planes_of(array, channels_first=False)
    first = planes_of(array, channels_first=True)
    assert last.shape == (2, 5, 3, 4)
    assert last[1, 3, 2, 1] == array[1, 2, 1, 3]
    assert first.shape == (2, 3, 4, 5)
    assert first[1, 2, 3, 4] == array[1, 2, 3, 4]


def test_a_volume_has_a_plane_for_every_channel_and_slice():
    array = np.arange(1 * 2 * 3 * 4 * 5).reshape(1, 2, 3, 4, 5)  # depth 2, 3 x 4, 5 channels
    planes = planes_of(array, channels_first=False)
    assert planes.shape == (1, 10, 3, 4)
    assert planes[0, 3 * 2 + 1, 2, 3] == array[0, 1, 2, 3, 3]


def test_a_matrix_is_a_plane():
    assert planes_of(np.zeros((2, 3, 4)), channels_first=False).shape == (2, 1, 3, 4)


def test_shrinking_averages_whole_blocks_and_what_is_left_at_the_edges():
    gray = np.array([[0, 10, 100], [20, 30, 200], [7, 8, 9]])
    pixels = np.repeat(gray[None, :, :, None], 3, axis=3).astype(np.uint8)
    assert shrunk(pixels, 2)[0, :, :, 0].tolist() == [[15, 150], [8, 9]]  # (7 + 8) / 2 = 7.5, rounded up


def test_a_block_with_a_nan_stays_magenta():
    pixels = np.zeros((1, 2, 4, 3), np.uint8)
    pixels[0, 1, 1] = BAD
    assert shrunk(pixels, 2)[0, 0].tolist() == [list(BAD), [0, 0, 0]]


def test_a_factor_of_one_changes_nothing():
    pixels = np.zeros((1, 2, 2, 3), np.uint8)
    assert shrunk(pixels, 1) is pixels
