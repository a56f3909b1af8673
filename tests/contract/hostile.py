"""Files that nobody should have to trust: each a function from a folder to the arguments of a command."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib

import numpy as np

from tests.contract.shell import MNIST, TINY, written

UNWEIGHTED = "dftrace: 1\ninput: {shape: [2], example: [1, 2]}\nlayers: [{type: dense, units: 2}]\n"
PICTURE = "dftrace: 1\ninput: {shape: [28, 28, 1], scale: 1/255}\nlayers: [flatten]\n"
ESCAPES = r"\x1b[31m\x07\u202e[bold]"
BOMB = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefghij", "bcdefghijk", strict=True)
)
RECURSIVE = """\
blocks:
  one: {layers: [{type: block, use: two}]}
  two: {layers: [{type: block, use: one}]}
"""
REPEATED = TINY.replace("  - {type: dense", "  - {type: block, use: b, repeat: 1000000000}\n  - {type: dense")
DOUBLING = "blocks:\n" + "".join(
    f"  b{n}: {{layers: [{', '.join([f'{{type: block, use: b{n + 1}}}'] * 9)}]}}\n" for n in range(20)
)

NETWORKS = {
    "25,000 brackets": "[" * 25_000,
    "25,000 braces": "{a: " * 25_000,
    "25,000 dashes": "- " * 25_000,
    "deep in a value": TINY + "x: " + "[" * 2_000 + "]" * 2_000 + "\n",
    "billion laughs": TINY + BOMB,
    "alias of itself": TINY + "x: &a [*a]\n",
    "alias of nothing": TINY + "x: *nothing\n",
    "python object": TINY.replace("name: tiny", "name: !!python/object/apply:os.system ['echo ouch']"),
    "local tag": TINY.replace("name: tiny", "name: !env HOME"),
    "binary tag": TINY.replace("name: tiny", "name: !!binary aGVsbG8="),
    "merge key": TINY + "x: &x {a: 1}\ny: {<<: *x}\n",
    "second document": TINY + "---\n" + TINY,
    "duplicate key": TINY + "name: again\n",
    "unclosed quote": TINY + 'x: "\n',
    "tab": TINY.replace("  - {", "\t- {"),
    "layers: 3": TINY.split("layers")[0] + "layers: 3\n",
    "layers: {}": TINY.split("layers")[0] + "layers: {}\n",
    "layers: []": TINY.split("layers")[0] + "layers: []\n",
    "layers: null": TINY.split("layers")[0] + "layers:\n",
    "layer is a list": TINY.split("layers")[0] + "layers: [[dense]]\n",
    "layer is null": TINY.split("layers")[0] + "layers: [null]\n",
    "slipped indentation": TINY.split("layers")[0] + "layers:\n  - dense:\n    units: 3\n",
    "type is a list": TINY.replace("type: dense", "type: [dense]"),
    "units: huge": TINY.replace("units: 2", "units: 99999999999999999999"),
    "units: hex": TINY.replace("units: 2", "units: 0x10"),
    "units: -1": TINY.replace("units: 2", "units: -1"),
    "units: 2.5": TINY.replace("units: 2", "units: 2.5"),
    "units: .inf": TINY.replace("units: 2", "units: .inf"),
    "units: a list": TINY.replace("units: 2", "units: [2]"),
    "units: a mapping": TINY.replace("units: 2", "units: {a: b}"),
    "units: 4,300 digits": TINY.replace("units: 2", f"units: {'9' * 5_000}"),
    "input: x": TINY.replace("{shape: [2], example: [1, 2]}", "x"),
    "input: null": TINY.replace("{shape: [2], example: [1, 2]}", "null"),
    "shape: [-1]": TINY.replace("[2]", "[-1]"),
    "shape: [0]": TINY.replace("[2]", "[0]"),
    "shape: []": TINY.replace("[2]", "[]"),
    "shape: [1e9, 1e9, 1e9]": TINY.replace("[2]", "[1000000000, 1000000000, 1000000000]"),
    "shape: 1,000 axes": TINY.replace("[2]", f"[{', '.join(['1'] * 1000)}]"),
    "scale: 1/0": TINY.replace("shape: [2]", "shape: [2], scale: 1/0"),
    "scale: 1/1e-400": TINY.replace("shape: [2]", "shape: [2], scale: 1/1e-400"),
    "scale: huge fraction": TINY.replace("shape: [2]", "shape: [2], scale: 1e300/1e-300"),
    "std: 0": TINY.replace("shape: [2]", "shape: [2], std: 0"),
    "classes: too many": TINY.replace("[left, right]", "[a, b, c]"),
    "classes: a mapping": TINY.replace("[left, right]", "{a: b}"),
    "outputs: nothing there": TINY + "outputs: [absent]\n",
    "outputs: 3": TINY + "outputs: 3\n",
    "dftrace: 2": TINY.replace("dftrace: 1", "dftrace: 2"),
    "no dftrace": TINY.replace("dftrace: 1\n", ""),
    "weights: []": UNWEIGHTED + "weights: []\n",
    "weights: {}": UNWEIGHTED + "weights: {}\n",
    "weights of a shape": TINY.replace("[[1, 0], [0, 1]]", "[[1, 0], [0]]"),
    "weights of words": TINY.replace("[[1, 0], [0, 1]]", "[[a, 0], [0, 1]]"),
    "weights: nan": TINY.replace("[[1, 0], [0, 1]]", "[[.nan, 0], [0, 1]]"),
    "inputs: itself": TINY.replace("units: 2", "name: a, inputs: a, units: 2"),
    "inputs: later": TINY.replace("units: 2", "inputs: later, units: 2"),
    "name: input": TINY.replace("units: 2", "name: input, units: 2"),
    "name with escapes": TINY.replace("units: 2", f'name: "{ESCAPES}", units: 2'),
    "type with escapes": TINY.replace("type: dense", f'type: "{ESCAPES}"'),
    "name of 10,000 letters": TINY.replace("units: 2", f"name: {'a' * 10_000}, units: 2"),
    "blocks recursive": TINY.replace("  - {type: dense", "  - {type: block, use: one}\n  - {type: dense") + RECURSIVE,
    "blocks repeated": REPEATED + "blocks: {b: {layers: [relu]}}\n",
    "blocks repeated and empty": REPEATED + "blocks: {b: {layers: []}}\n",
    "blocks nine to the twentieth": TINY.replace("  - {type: dense", "  - {type: block, use: b0}\n  - {type: dense")
    + DOUBLING
    + "  b20: {layers: [relu]}\n",
    "pooling window too large": TINY.replace("[2]", "[4, 4, 1]").replace(
        "  - {", "  - {type: max_pooling2d, pool_size: 9}\n  - {"
    ),
    "stride 0": PICTURE.replace("[flatten]", "[{type: conv2d, filters: 1, kernel_size: 3, strides: 0}]"),
    "kernel of 2**62": PICTURE.replace("[flatten]", f"[{{type: conv2d, filters: 1, kernel_size: {2**62}}}]"),
    "padding of 2**62": PICTURE.replace("[flatten]", f"[{{type: zero_padding2d, padding: {2**62}}}, flatten]"),
}
"""Network files that are wrong, by what is wrong with them."""

BYTES = {
    "empty": b"",
    "white space": b"\n \n",
    "comments": b"# nothing\n# at all\n",
    "a single null": b"~\n",
    "a single word": b"hello\n",
    "a list": b"- 1\n- 2\n",
    "JSON of something else": b'{"a": [1, 2, 3]}',
    "binary junk": bytes(range(256)) * 16,
    "NUL": b"dftrace: 1\x00\n",
    "UTF-16": TINY.encode("utf-16"),
    "latin-1": TINY.replace("tiny", "t\xefny").encode("latin-1"),
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "5 MiB": b"# " + b"x" * (5 * 2**20),
    "5 MiB of lists": b"[" + b"1," * (5 * 2**19) + b"]",
    "4 MiB of brackets": b"[" * (4 * 2**20 - 1),
    "one line of 3 MiB": b"a: '" + b"x" * (3 * 2**20) + b"',\n}",
    "lone surrogate": b"dftrace: 1\nname: '\xed\xa0\x80'\n",
}
"""Files that are no network files."""


def npy_header(shape, dtype="<f4"):
    """The first bytes of a .npy file that promises this."""
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header


def npz_of(members, compression=zipfile.ZIP_DEFLATED):
    """The bytes of a zip with these members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression, compresslevel=1) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def npy_of(array):
    """The bytes of a .npy file, pickled objects included."""
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


def lying_size():
    """A zip member whose directory says one byte and which holds a megabyte."""
    data = bytearray(npz_of({"dense_1/kernel.npy": npy_header((2, 2)) + bytes(2**20)}))
    directory = data.rindex(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = struct.pack("<I", 1)
    return bytes(data)


BIAS = npy_of(np.zeros(2, "f4"))
GOOD = npz_of({"dense_1/kernel.npy": npy_of(np.eye(2, dtype="f4")), "dense_1/bias.npy": BIAS})
WEIGHTS = {
    "pickled object": npz_of({"dense_1/kernel.npy": npy_of(np.array([{}, 1], object)), "dense_1/bias.npy": BIAS}),
    "header promises terabytes": npz_of({"dense_1/kernel.npy": npy_header((2**21, 2**21)), "dense_1/bias.npy": BIAS}),
    "header promises 2**70": npz_of({"dense_1/kernel.npy": npy_header((2**35, 2**35)), "dense_1/bias.npy": BIAS}),
    "header promises more than there is": npz_of(
        {"dense_1/kernel.npy": npy_header((2, 2)) + b"123", "dense_1/bias.npy": BIAS}
    ),
    "header is code": npz_of({"dense_1/kernel.npy": npy_header("__import__('os')"), "dense_1/bias.npy": BIAS}),
    "header is negative": npz_of({"dense_1/kernel.npy": npy_header((-2, 2)), "dense_1/bias.npy": BIAS}),
    "lying directory": lying_size(),
    "zip bomb": lambda: npz_of({"dense_1/kernel.npy": npy_header((2, 2)) + bytes(2**28), "dense_1/bias.npy": BIAS}),
    "zip bomb of the right shape": lambda: npz_of({"dense_1/kernel.npy": npy_header((2, 2**26)) + bytes(2**29)}),
    "truncated": GOOD[: len(GOOD) // 2],
    "truncated directory": GOOD[:-10],
    "no zip": b"not a zip at all",
    "empty": b"",
    "empty zip": npz_of({}),
    "member is no npy": npz_of({"dense_1/kernel.npy": b"hello", "dense_1/bias.npy": BIAS}),
    "member is empty": npz_of({"dense_1/kernel.npy": b"", "dense_1/bias.npy": BIAS}),
    "text values": npz_of({"dense_1/kernel.npy": npy_of(np.array([["a", "b"], ["c", "d"]])), "dense_1/bias.npy": BIAS}),
    "complex values": npz_of({"dense_1/kernel.npy": npy_of(np.ones((2, 2), "c8")), "dense_1/bias.npy": BIAS}),
    "other shape": npz_of({"dense_1/kernel.npy": npy_of(np.ones((3, 2))), "dense_1/bias.npy": BIAS}),
    "other names": npz_of({"\x1b[31mkernel.npy": npy_of(np.ones((2, 2)))}),
    "corrupt data": GOOD[:60] + b"\xff\xff\xff" + GOOD[63:],
    "a .npy": npy_of(np.eye(2)),
}
"""Weights files that a network of one dense layer (2, 2) cannot use; what takes long to make is made when wanted."""


def png_of(width, height, *, rows=None):
    """A gray PNG whose header says so many pixels, with so many rows of zeros."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes((1 + width) * (height if rows is None else rows)), 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


INPUTS = {
    "bomb.png": png_of(50_000, 50_000, rows=10),
    "big.png": lambda: png_of(10_000, 10_000),
    "zero.png": png_of(0, 0),
    "truncated.png": png_of(28, 28)[:40],
    "size.png": png_of(32, 28),
    "text.png": b"this is no picture\n",
    "empty.png": b"",
    "empty.csv": b"",
    "ragged.csv": b"1,2,3\n4,5\n",
    "words.csv": b"a,b\nc,d\n",
    "binary.csv": bytes(range(256)),
    "wide.csv": b"1," * 2_000_000,
    "escape.csv": b"\x1b[31m,2\n",
    "digits.csv": b"9" * 5_000 + b",1\n",
    "cut.idx.gz": gzip.compress(b"\x00\x00\x08\x03" + struct.pack(">III", 1, 28, 28) + bytes(784))[:-12],
    "short.idx": b"\x00\x00\x08\x03" + struct.pack(">III", 9, 28, 28) + bytes(10),
    "huge.idx": b"\x00\x00\x08\x03" + struct.pack(">III", 2**31, 2**31, 2**31),
    "bomb.idx.gz": lambda: gzip.compress(b"\x00\x00\x08\x03" + struct.pack(">III", 2**22, 8, 8) + bytes(2**28), 1),
    "object.npy": npy_of(np.array([{}], object)),
    "huge.npy": npy_header((2**21, 2**21)),
    "short.npy": npy_header((28, 28, 1)) + b"12",
    "cut.npy": npy_header((28, 28, 1))[:20],
    "text.npy": npy_of(np.array(["a"])),
    "other.npy": npy_of(np.zeros((5, 5), "f4")),
    "empty.npy": npy_of(np.zeros((0, 28, 28, 1), "f4")),
    "objects.npz": npz_of({"x.npy": npy_of(np.array([{}], object))}),
    "several.npz": npz_of({"x.npy": npy_of(np.zeros(2)), "y.npy": npy_of(np.zeros(2))}),
    "nothing.npz": npz_of({}),
    "what.xyz": b"\x01\x02\x03",
}
"""Inputs that a network for gray pictures of 28 x 28 cannot use; what takes long to make is made when wanted."""


def network_case(folder, content):
    """The path of a network file with these bytes or this text."""
    path = folder / "net.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def weights_case(folder, content):
    """A network, and a weights file with these bytes."""
    (folder / "w.npz").write_bytes(content() if callable(content) else content)
    return ["run", written(folder, UNWEIGHTED), "-w", folder / "w.npz"]


def input_case(folder, name):
    """A network for pictures, and one of INPUTS."""
    content = INPUTS[name]
    (folder / name).write_bytes(content() if callable(content) else content)
    return ["run", written(folder, PICTURE), "-i", folder / name]


def absent_cases(folder):
    """Files that are not there, or are folders."""
    net = written(folder, TINY)
    return [
        ["params", folder / "absent.yaml"],
        ["params", folder],
        ["params", net / "below"],
        ["params", "/dev/null"],
        ["params", "x" * 5_000],
        ["run", folder / "absent.yaml"],
        ["run", folder],
        ["run", MNIST, "-i", folder / "absent.png"],
        ["run", MNIST, "-i", folder],
        ["run", MNIST, "-i", "/dev/null"],
        ["run", MNIST, "-i", net / "below"],
        ["run", MNIST, "-i", "y" * 5_000],
        ["run", MNIST, "-w", folder / "absent.npz"],
        ["run", MNIST, "-w", folder],
        ["run", MNIST, "--labels", folder / "absent.csv"],
        ["run", MNIST, "--labels", folder],
        ["run", MNIST, "--save", folder],
        ["check", folder / "absent.yaml"],
        ["check", folder],
    ]
