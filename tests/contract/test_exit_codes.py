"""0 fine, 1 a negative answer, 2 trouble; and nobody sees a traceback who did not ask for it."""

import json

import pytest

from tests.contract.shell import MNIST, OVERFLOWING, SEVEN, TINY, dftrace, text_of, written

USAGE_ERRORS = [
    ["frobnicate"],
    ["parms"],
    ["--frobnicate"],
    ["run"],
    ["params"],
    ["params", MNIST, "surplus"],
    ["params", MNIST, "-f", "xml"],
    ["params", MNIST, "--width", "3"],
    ["params", MNIST, "--color", "pink"],
    ["params", MNIST, "--fields", "nmae"],
    ["params", MNIST, "--fields", ","],
    ["run", MNIST, "--top", "0"],
    ["run", MNIST, "--fail-on", "zero"],
    ["run", MNIST, "-f", "npy"],
    ["run", MNIST, "-f", "npy", "-l", "*"],
    ["run", MNIST, "-f", "csv", "--values", "full"],
    ["run", MNIST, "-l", "conv9"],
    ["run", "-", "-i", "-"],
    ["layers", "conv9d"],
    ["layers", "Linear"],
    ["completion", "powershell"],
    ["check"],
]


@pytest.mark.parametrize("arguments", USAGE_ERRORS, ids=lambda arguments: " ".join(str(one) for one in arguments[:4]))
def test_a_mistake_on_the_command_line_is_one_block_with_a_code_and_exit_code_2(arguments):
    done = dftrace(*arguments)
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.startswith(b"error[E")
    assert done.stderr.count(b"error[") == 1
    assert b"Traceback" not in done.stderr


def test_a_slip_in_a_command_or_option_is_answered_with_what_was_meant():
    assert b"did you mean 'params'?" in dftrace("parms").stderr
    assert b"--fields" in dftrace("params", MNIST, "--feilds", "name").stderr
    assert b"did you mean 'name'?" in dftrace("params", MNIST, "--fields", "nmae").stderr


def test_dftrace_alone_prints_help_to_stdout():
    done = dftrace()
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == dftrace("--help").stdout


def test_the_version_is_one_line():
    assert text_of("--version").startswith("dftrace 0.")
    assert text_of("-V").count("\n") == 1


@pytest.mark.parametrize(
    ("kinds", "name"), [("inf", "burst"), ("nan", "void"), ("nan,inf", "burst"), ("inf, nan", "burst")]
)
def test_fail_on_names_the_first_layer_and_exits_with_1(tmp_path, kinds, name):
    done = dftrace("run", written(tmp_path, OVERFLOWING), "--fail-on", kinds, "-f", "json")
    assert done.returncode == 1
    assert done.stderr.decode().splitlines()[-1].startswith(f"{name}: 2 ")
    assert json.loads(done.stdout)["steps"]


def test_fail_on_is_silent_where_there_is_nothing_to_find(tmp_path):
    done = dftrace("run", written(tmp_path, TINY), "--fail-on", "nan,inf")
    assert (done.returncode, done.stderr) == (0, b"")


def test_fail_on_looks_at_all_layers_whatever_is_shown(tmp_path):
    assert dftrace("run", written(tmp_path, OVERFLOWING), "--fail-on", "nan", "-l", "calm").returncode == 1


def test_check_says_fine_with_0_wrong_with_1_and_cannot_open_with_2(tmp_path):
    sound = written(tmp_path, TINY, "sound.yaml")
    wrong = written(tmp_path, TINY.replace("dense", "dens"), "wrong.yaml")
    assert text_of("check", sound) == f"{sound}: fine\n"
    assert text_of("check", sound, "-q") == ""
    done = dftrace("check", sound, wrong)
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"wrong.yaml:6:12: error[E120]" in done.stdout
    assert dftrace("check", sound, tmp_path / "absent.yaml").returncode == 2


def test_check_sees_weights_that_do_not_fit(tmp_path):
    net = written(tmp_path, TINY.split("layers")[0] + "weights: absent.npz\nlayers: [{type: dense, units: 2}]\n")
    done = dftrace("check", net)
    assert done.returncode == 1
    assert b"error[E200]" in done.stdout


def test_check_writes_json(tmp_path):
    wrong = written(tmp_path, TINY.replace("dense", "dens"))
    done = dftrace("check", wrong, "-f", "json")
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert document["schema"] == "dftrace.check/1"
    assert [file["file"] for file in document["files"]] == [str(wrong)]
    problem = document["files"][0]["problems"][0]
    assert set(problem) >= {"severity", "code", "message", "hint", "file", "line", "column"}
    assert (problem["severity"], problem["code"], problem["line"], problem["column"]) == ("error", "E120", 6, 12)


def test_check_writes_annotations_for_github(tmp_path):
    wrong = written(tmp_path, TINY.replace("dense", "dens"))
    done = dftrace("check", wrong, "-f", "github")
    assert done.returncode == 1
    assert done.stdout.decode().startswith(f"::error file={wrong},line=6,col=12,title=E120::")


@pytest.mark.parametrize(
    "arguments", [["params", "absent.yaml"], ["run", MNIST, "-i", "absent.png"], ["layers", "conv9d"]]
)
def test_debug_shows_where_an_error_was_raised_and_leaves_the_exit_code(arguments):
    quiet, debugged = dftrace(*arguments), dftrace(*arguments, "--debug")
    assert b"Traceback" not in quiet.stderr
    assert b"Traceback (most recent call last)" in debugged.stderr
    assert debugged.stderr.endswith(quiet.stderr)
    assert (quiet.returncode, debugged.returncode) == (2, 2)
    assert debugged.stdout == b""


@pytest.mark.parametrize("form", ["tsv", "csv", "json", "jsonl", "npy"])
def test_stdout_stays_empty_when_a_machine_format_fails(tmp_path, form):
    net = written(tmp_path, TINY)
    for arguments in (["-i", tmp_path / "absent.npy"], ["--save", tmp_path / "absent" / "trace.npz"]):
        done = dftrace("run", net, *arguments, "-f", form, "-l", "dense_1")
        assert (done.returncode, done.stdout) == (2, b"")


def test_warnings_are_said_on_stderr_and_leave_stdout_alone(tmp_path):
    data = written(tmp_path, "nan,1\n", "x.csv")
    done = dftrace("run", written(tmp_path, TINY), "-i", data, "-f", "json")
    assert done.returncode == 0
    assert b"warning[W302]" in done.stderr
    assert json.loads(done.stdout)["warnings"][0]["code"] == "W302"
    assert dftrace("run", written(tmp_path, TINY), "-i", data, "-q").stderr == b""


def test_options_stand_before_or_after_the_file(tmp_path):
    net = written(tmp_path, TINY)
    assert text_of("params", net, "-f", "tsv") == text_of("params", "-f", "tsv", net)
    assert text_of("run", MNIST, "-q", "-i", SEVEN, "-f", "tsv", "--fields", "name").splitlines()[1] == "input"
