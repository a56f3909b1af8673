"""No file gets a traceback, much time or much memory out of the command."""

import os
import unicodedata
from contextlib import contextmanager
from pathlib import Path
from time import process_time

import pytest
from PIL import Image

from tests.contract import hostile
from tests.contract.inside import POSIX
from tests.contract.shell import ROOT, TINY, dftrace, text_of, written

resource = pytest.importorskip("resource", reason=POSIX)

MEMORY = 2**30
"""Bytes of address space that a command may take for a hostile file."""
SECONDS = 10
"""Of a processor; more than ten times what any of them needs."""


@contextmanager
def limited():
    """Anything beyond the limit is no memory, as on a machine that has none."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    taken = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def refused(*arguments, code=2):
    """What a command says on stderr, if it refuses as it should."""
    before = process_time()
    with limited():
        done = dftrace(*arguments)
    assert process_time() - before < SECONDS
    assert done.returncode == code, done.stdout[:500] + done.stderr[:500]
    said = (done.stdout if code == 1 else done.stderr).decode()
    assert (done.stderr if code == 1 else done.stdout) == b""
    assert "error[E" in said
    assert "E900" not in said, said
    assert "Traceback" not in said
    assert all(one == "\n" or unicodedata.category(one) not in ("Cc", "Cf", "Zl", "Zp", "Cs") for one in said)
    assert len(said) < 20_000 or code == 1
    return said


NETWORKS = hostile.NETWORKS | hostile.BYTES


@pytest.mark.parametrize("content", NETWORKS.values(), ids=NETWORKS)
def test_network_files(tmp_path, content):
    net = hostile.network_case(tmp_path, content)
    said = refused("params", net, "-f", "json")  # for people the table stands on stdout, up to the layer at fault
    assert said.startswith(f"{net}:")
    shown = dftrace("params", net)
    assert (shown.returncode, shown.stderr.decode()) == (2, said)


def test_check_reads_them_all_and_finds_something_in_every_one(tmp_path):
    nets = []
    for number, content in enumerate(NETWORKS.values()):
        (tmp_path / str(number)).mkdir()
        nets.append(hostile.network_case(tmp_path / str(number), content))
    said = refused("check", *nets, code=1)
    assert [net for net in nets if f"\n{net}:" not in f"\n{said}"] == []


@pytest.mark.parametrize("name", ["25,000 brackets", "billion laughs", "python object", "blocks repeated"])
def test_network_files_are_read_as_carefully_by_run_and_from_standard_input(tmp_path, name):
    refused("run", hostile.network_case(tmp_path, hostile.NETWORKS[name]))
    done = dftrace("params", "-", stdin=hostile.NETWORKS[name].encode())
    assert done.returncode == 2
    assert done.stderr.startswith(b"-:")


def test_no_tag_runs_code(tmp_path):
    marker = tmp_path / "ouch"
    net = written(tmp_path, TINY.replace("name: tiny", f"name: !!python/object/apply:os.mkdir [{marker}]"))
    assert "error[E103]" in refused("run", net)
    assert not marker.exists()


@pytest.mark.parametrize("content", hostile.WEIGHTS.values(), ids=hostile.WEIGHTS)
def test_weights_files(tmp_path, content):
    said = refused(*hostile.weights_case(tmp_path, content))
    assert said.count("error[") == 1


@pytest.mark.parametrize("name", hostile.INPUTS)
def test_input_files(tmp_path, name):
    said = refused(*hostile.input_case(tmp_path, name))
    assert said.count("error[") == 1
    assert name in said


def test_a_color_picture_for_a_gray_network_is_converted_with_a_warning(tmp_path):
    net, picture = written(tmp_path, hostile.PICTURE), tmp_path / "color.png"
    Image.new("RGB", (28, 28), (200, 30, 0)).save(picture)
    done = dftrace("run", net, "-i", picture)
    assert done.returncode == 0
    assert b"warning[W304]" in done.stderr


def test_files_that_are_not_there_or_no_files(tmp_path):
    for arguments in hostile.absent_cases(tmp_path):
        said = refused(*arguments)
        assert said.count("error[") == 1, said


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_files_that_may_not_be_read(tmp_path):
    net = written(tmp_path, TINY)
    net.chmod(0)
    for command in ("params", "run", "check"):
        assert "permission denied" in refused(command, net)


HUGE = """\
dftrace: 1
name: huge
input: {shape: [100000, 100000, 3]}
weights: {init: zeros}
layers:
  - {type: conv2d, filters: 64, kernel_size: 3}
"""


def test_a_network_that_would_need_terabytes_is_counted_and_not_run(tmp_path):
    net = written(tmp_path, HUGE)
    assert "TiB" in text_of("params", net)
    assert text_of("check", net) == f"{net}: fine\n"
    (tmp_path / "one.npy").write_bytes(hostile.npy_header((100_000, 100_000, 3)))
    refused("run", net, "-i", tmp_path / "one.npy")
    said = refused("run", net, "--value", "1")
    assert "error[E30" in said or "error[E500]: huge needs about 2.4 TiB" in said


def test_a_run_that_does_not_fit_is_refused_with_figures(tmp_path):
    net = written(
        tmp_path,
        "dftrace: 1\nname: wide\ninput: {shape: [8], example: [1, 2, 3, 4, 5, 6, 7, 8]}\nweights: {init: zeros}\n"
        "layers:\n  - {type: dense, units: 10000000}\n  - {type: dense, units: 10000000}\n",
    )
    said = refused("run", net)
    assert "error[E500]: wide needs about 369.5 TiB" in said
    assert "GiB are available" in said


def test_growing_data_is_refused_with_figures(tmp_path):
    layers = "".join("  - {type: up_sampling2d, size: 100}\n" for _ in range(3))
    net = written(tmp_path, f"dftrace: 1\nname: grow\ninput: {{shape: [28, 28, 1], scale: 1/255}}\nlayers:\n{layers}")
    said = refused("run", net, "-i", ROOT / "configs" / "digits" / "7.png")
    assert "error[E500]: grow needs about 2.8 PiB for 1 sample" in said


def test_nan_in_the_input_is_a_warning(tmp_path):
    data = written(tmp_path, "nan,inf\n", "x.csv")
    done = dftrace("run", written(tmp_path, TINY), "-i", data)
    assert done.returncode == 0
    assert b"warning[W302]" in done.stderr
    assert done.stderr.count(b"warning[") == 1
