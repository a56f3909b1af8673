"""Members of archives that cannot be unpacked leave nothing open."""

import gc
import zipfile

import pytest

from dataflow_cli.files.problem import FileProblem
from dataflow_cli.files.zip_member import open_archive, open_member


@pytest.mark.filterwarnings("error::ResourceWarning", "error::pytest.PytestUnraisableExceptionWarning")
def test_a_damaged_member_is_told_and_nothing_stays_open(tmp_path):
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("weights", b"0123456789" * 100)
    damaged = bytearray(path.read_bytes())
    place = damaged.index(b"weights") + len("weights")
    damaged[place : place + 4] = b"\xff" * 4
    path.write_bytes(damaged)
    with open_archive(path) as archive, pytest.raises(FileProblem):
        open_member(archive, "weights")
    gc.collect()
