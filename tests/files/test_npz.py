"""The .npz container: round trips with NumPy, and every lie a zip can tell."""

import io
import struct
import subprocess
import sys
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dataflow_cli.files import zip_end
from dataflow_cli.files.npz import open_npz
from dataflow_cli.files.npz_write import write_npz
from dataflow_cli.files.problem import FileProblem

NAMES = st.from_regex(r"[A-Za-z0-9_/:. ]{0,12}[A-Za-z0-9_]", fullmatch=True)
ARRAYS = hnp.arrays(
    st.sampled_from(["bool", "u1", "<i8", ">i2", "<f2", "<f4", ">f8"]),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)


def npy_bytes(array):
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


def zipped(members, compression=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return stream.getvalue()


def problem(data, name="x", **limits):
    with pytest.raises(FileProblem) as caught, open_npz(io.BytesIO(data)) as archive:
        archive.read(name, **limits)
    assert caught.value.message.isprintable()
    return caught.value.message


@given(st.dictionaries(NAMES, ARRAYS, max_size=4), st.booleans())
def test_reads_what_numpy_writes(arrays, compressed):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            archive.writestr(f"{name}.npy", npy_bytes(array))
    with open_npz(stream) as found:
        assert found.names == tuple(arrays)
        for name, array in arrays.items():
            assert found.header(name).shape == array.shape
            np.testing.assert_array_equal(found.read(name), array)


@given(st.dictionaries(NAMES, ARRAYS, max_size=4))
def test_numpy_reads_what_is_written(arrays):
    stream = io.BytesIO()
    write_npz(stream, arrays)
    stream.seek(0)
    with np.load(stream, allow_pickle=False) as found:
        assert set(found.files) == set(arrays)
        for name, array in arrays.items():
            np.testing.assert_array_equal(found[name], array)


def test_savez_and_savez_compressed(tmp_path):
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "x.npz", a=np.eye(3), b=np.arange(5, dtype=np.uint8))
        with open_npz(tmp_path / "x.npz") as archive:
            assert archive.names == ("a", "b")
            assert archive.header("b").dtype == "uint8"
            assert archive.read("a").tolist() == np.eye(3).tolist()


def test_the_same_arrays_give_the_same_bytes():
    first, second = io.BytesIO(), io.BytesIO()
    for stream in (first, second):
        write_npz(stream, {"b": np.arange(9), "a": np.ones((2, 2))})
    assert first.getvalue() == second.getvalue()


def test_a_path_appears_whole(tmp_path):
    write_npz(tmp_path / "x.npz", {"a": np.ones(2)})
    assert [path.name for path in tmp_path.iterdir()] == ["x.npz"]
    with pytest.raises(TypeError, match="an array of numbers is written"):
        write_npz(tmp_path / "x.npz", {"a": np.ones(2), "b": Path()})
    assert [path.name for path in tmp_path.iterdir()] == ["x.npz"]
    with open_npz(tmp_path / "x.npz") as archive:
        assert archive.names == ("a",)


def test_listing_a_huge_network_costs_no_numpy(tmp_path):
    np.savez(tmp_path / "x.npz", a=np.zeros((3, 4)))
    code = (
        "import sys; from dataflow_cli.files.npz import open_npz\n"
        f"with open_npz({str(tmp_path / 'x.npz')!r}) as z: assert z.header('a').shape == (3, 4)\n"
        "assert 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_unknown_name_is_suggested():
    data = zipped([("conv/kernel.npy", npy_bytes(np.zeros(1)))])
    with pytest.raises(FileProblem) as caught, open_npz(io.BytesIO(data)) as archive:
        archive.read("conv/kernal")
    assert (caught.value.message, caught.value.hint) == ("has no array 'conv/kernal'", "did you mean 'conv/kernel'?")


def test_pickled_objects_are_never_loaded():
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("a pickle was loaded",))

    data = zipped([("x.npy", npy_bytes(np.array([Trap()], dtype=object)))])
    assert problem(data) == "array 'x': holds Python objects, expected numbers"


def test_a_header_that_lies_about_its_size():
    array = npy_bytes(np.zeros(4, np.float32)).replace(b"(4,), }", b"(4000000000,), }").replace(b" " * 9 + b"\n", b"\n")
    assert problem(zipped([("x.npy", array)])) == (
        "array 'x': the header says float32 of shape (4000000000,), 16,000,000,000 bytes, but 16 bytes of data follow"
    )


def test_a_bomb_is_not_inflated_beyond_the_limit():
    data = zipped([("x.npy", npy_bytes(np.zeros(10_000_000, np.uint8)))])
    assert len(data) < 12_000
    message = problem(data, limit=1_000_000)
    assert message == "array 'x': uint8 of shape (10000000,), 10,000,000 bytes, at most 1,000,000 are read"


def patched_sizes(data, declared):
    """The zip with another unpacked size of its only member, in both places."""
    local, central = data.index(b"PK\x03\x04"), data.index(b"PK\x01\x02")
    size = struct.pack("<I", declared)
    data = data[: local + 22] + size + data[local + 26 :]
    return data[: central + 24] + size + data[central + 28 :]


def test_a_member_that_claims_more_than_deflate_can_hold():
    data = patched_sizes(zipped([("x.npy", npy_bytes(np.zeros(4)))]), 2**31)
    assert problem(data).startswith("array 'x' claims 2,147,483,648 bytes, but ")


def test_a_stored_member_that_claims_more_than_it_has():
    array = npy_bytes(np.zeros(4))
    data = patched_sizes(zipped([("x.npy", array)], zipfile.ZIP_STORED), len(array) + 8)
    assert problem(data) == "array 'x' claims 168 bytes, but 160 packed bytes cannot hold more than 160"


def test_a_member_that_claims_a_little_more_or_less_than_it_holds():
    array = npy_bytes(np.zeros(4))
    longer = array.replace(b"(4,)", b"(5,)")
    assert problem(patched_sizes(zipped([("x.npy", longer)]), len(longer) + 8)).startswith("array 'x': ")
    assert "Bad CRC-32" in problem(patched_sizes(zipped([("x.npy", array)]), len(array) - 8))


def test_a_wrong_checksum():
    data = zipped([("x.npy", npy_bytes(np.arange(4)))], zipfile.ZIP_STORED)
    at = data.index(npy_bytes(np.arange(4))[-8:])
    data = data[:at] + b"\xff" + data[at + 1 :]
    assert problem(data) == "array 'x': not a readable zip (Bad CRC-32 for file 'x.npy')"


def test_damaged_deflate_data():
    array = npy_bytes(np.random.default_rng(0).random(1000))
    data = bytearray(zipped([("x.npy", array)]))
    data[100:140] = b"\xff" * 40
    assert problem(bytes(data)).startswith("array 'x': not a readable zip (")


@pytest.mark.parametrize("kept", [0, 3, 20, 100, 200, -1, -22])
def test_cut_off_zips(kept):
    data = zipped([("x.npy", npy_bytes(np.arange(40)))])[:kept]
    assert problem(data).startswith("not a readable zip (")


def test_encrypted_members():
    data = bytearray(zipped([("x.npy", npy_bytes(np.zeros(4)))]))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    data[6] |= 1
    assert problem(bytes(data)) == "array 'x' is encrypted"


def test_uncommon_compression():
    data = zipped([("x.npy", npy_bytes(np.zeros(4)))], zipfile.ZIP_BZIP2)
    assert problem(data) == "array 'x' is packed in a way that is not read"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_duplicate_names():
    array = npy_bytes(np.zeros(4))
    assert problem(zipped([("x.npy", array), ("x.npy", array)])) == "holds two arrays 'x'"


@pytest.mark.parametrize("name", ["\x1b[31mred", "a\nb", "", "\u202egpj", "a\x00b"])
def test_names_that_would_control_a_terminal(name):
    data = zipped([("x" * len(f"{name}.npy".encode()), npy_bytes(np.zeros(4)))])
    data = data.replace(b"x" * len(f"{name}.npy".encode()), f"{name}.npy".encode())
    if not name.isascii():
        data = bytearray(data)
        data[7] |= 8
        data[data.index(b"PK\x01\x02") + 9] |= 8
    assert problem(bytes(data)).startswith("holds an array with the name '")


def test_a_zip_of_something_else():
    message = problem(zipped([("archive/data.pkl", b"\x80\x02")]))
    assert message == "holds 'archive/data.pkl', which is not an array (.npy)"


def test_members_that_share_their_bytes():
    """David Fifield's zip bomb: many directory entries, one body."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", npy_bytes(np.random.default_rng(0).random(1000)))
        info = archive.infolist()[0]
        for number in range(5):
            twin = zipfile.ZipInfo(f"{number}.npy")
            for field in ("compress_type", "compress_size", "file_size", "CRC", "header_offset"):
                setattr(twin, field, getattr(info, field))
            archive.filelist.append(twin)
    assert problem(stream.getvalue()) == "its members overlap, as those of a zip bomb do"


@pytest.mark.parametrize("extra", [b"", b"a comment"])
@pytest.mark.parametrize("many", [3, 70_000])
def test_a_directory_that_is_too_long_is_refused_before_it_is_read(monkeypatch, many, extra):
    """With more than 65,535 members its size stands in the zip64 end as well."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("x.npy", npy_bytes(np.arange(3)))
        archive.filelist *= many
        archive.comment = extra
    length = many * (46 + len("x.npy"))
    monkeypatch.setattr(zip_end, "DIRECTORY_LIMIT", length - 1)
    assert problem(stream.getvalue()) == f"a directory of {length:,} bytes, at most {length - 1:,} are read"
    monkeypatch.setattr(zip_end, "DIRECTORY_LIMIT", length)
    assert problem(stream.getvalue()) == "holds two arrays 'x'"


def test_a_folder_and_a_missing_file(tmp_path):
    with pytest.raises(FileProblem, match="is a folder, expected a file"):
        open_npz(tmp_path)
    with pytest.raises(FileNotFoundError):
        open_npz(tmp_path / "x.npz")


@given(st.integers(0, 400), st.binary(min_size=1, max_size=30))
def test_no_damage_ends_in_anything_but_arrays_or_a_problem(position, damage):
    data = bytearray(zipped([("x.npy", npy_bytes(np.arange(30))), ("y.npy", npy_bytes(np.eye(2)))]))
    data[position : position + len(damage)] = damage
    with suppress(FileProblem), open_npz(io.BytesIO(bytes(data))) as archive:
        for name in archive.names:
            archive.read(name)


def test_nothing_is_left_open_when_a_zip_is_refused():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.npz")
        path.write_bytes(zipped([("a.txt", b"")]))
        with pytest.raises(FileProblem):
            open_npz(path)
