"""What the shells offer, by Click's protocol; and that the scripts are scripts."""

import shutil
import subprocess

import pytest

from dataflow_cli.commands.main import COMMANDS
from dataflow_cli.examples import EXAMPLES
from dataflow_cli.layers import KINDS
from tests.contract.shell import DFTRACE, MNIST, TINY, dftrace, environment, text_of, written

LAYERS = ["input", "conv2d_1", "conv2d_2", "max_pooling2d_1", "flatten_1", "dense_1", "dense_2"]


def request(shell, *words):
    """The answer to a completion request for the last of the words."""
    line = " ".join(map(str, ("dftrace", *words)))
    position = str(len(words)) if shell != "fish" else str(words[-1])
    return dftrace(env={"_DFTRACE_COMPLETE": f"{shell}_complete", "COMP_WORDS": line, "COMP_CWORD": position})


def offered(*words):
    """The words that bash would offer, with the kind of each."""
    done = request("bash", *words)
    assert done.stderr == b""
    return [tuple(line.split(",", 1)) for line in done.stdout.decode().splitlines() if line]


def plain(*words):
    return [word for kind, word in offered(*words) if kind == "plain"]


def test_commands():
    assert plain("") == list(COMMANDS)
    assert plain("pa") == ["params"]


@pytest.mark.parametrize("command", COMMANDS)
def test_options(command):
    found = plain(command, "-")
    assert {"--help", "--debug"} <= set(found)
    assert all(option in text_of(command, "--help") for option in found)


def test_the_words_of_an_option():
    assert plain("run", "-f", "") == ["table", "plain", "tsv", "csv", "json", "jsonl", "markdown", "latex", "npy"]
    assert plain("params", "--by", "t") == ["tensor"]
    assert plain("params", "--color", "") == ["auto", "always", "never"]
    assert plain("run", "--init", "he") == ["he_normal"]
    assert plain("completion", "") == ["bash", "zsh", "fish"]
    assert plain("help", "pa") == ["params"]


def test_the_layers_of_the_network_on_the_line():
    assert plain("run", MNIST, "-l", "") == LAYERS
    assert plain("run", MNIST, "-l", "conv") == ["conv2d_1", "conv2d_2"]
    assert plain("run", MNIST, "-l", "conv2d_1", "--layer", "dense_2") == ["dense_2"]
    assert plain("run", "-l", "") == []


def test_the_types_of_layers():
    assert plain("layers", "") == list(KINDS)
    assert plain("layers", "conv2") == [kind for kind in KINDS if kind.startswith("conv2")]


def test_the_examples():
    assert plain("init", "") == [example.name for example in EXAMPLES]
    assert plain("init", "mnist-c") == ["mnist-cnn"]


def test_the_fields_one_after_the_other():
    assert plain("params", MNIST, "--fields", "out") == ["output_shape", "output_bytes"]
    assert plain("params", MNIST, "--fields", "name,par") == ["name,params", "name,param_bytes"]
    assert "all" in plain("run", "--fields", "")


@pytest.mark.parametrize(
    "words",
    [["params", ""], ["check", ""], ["run", "n"], ["run", "n", "-i", ""], ["run", "n", "-w", ""], ["schema", "-o", ""]],
)
def test_files_are_left_to_the_shell(words):
    assert [kind for kind, _ in offered(*words)] == ["file"]


BROKEN = {
    "not YAML": "{[",
    "empty": "",
    "bad layer": TINY.replace("dense", "dens"),
    "brackets": "[" * 25_000,
    "binary": "\x00\x01",
    "bomb": "a: &a [1,1,1,1,1,1,1,1,1]\n"
    + "".join(f"{k}: &{k} [{','.join(['*' + j] * 9)}]\n" for j, k in zip("abcdefgh", "bcdefghi", strict=True)),
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_broken_network_file_offers_nothing_and_says_nothing(tmp_path, shell, text):
    done = request(shell, "run", written(tmp_path, text), "-l", "c")
    assert (done.stdout.strip(), done.stderr) == (b"", b"")


@pytest.mark.parametrize("net", ["absent.yaml", "/", "-"])
def test_a_network_that_cannot_be_opened_offers_nothing_and_says_nothing(net):
    done = request("bash", "run", net, "-l", "c")
    assert (done.stdout.strip(), done.stderr) == (b"", b"")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_is_answered(shell):
    for words in (["par"], ["layers", "conv2d_t"], ["run", MNIST, "-l", "dense_1"]):
        done = request(shell, *words)
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
def test_the_bash_script_completes_dftrace(tmp_path):
    script = tmp_path / "script"
    script.write_text(text_of("completion", "bash"), encoding="utf-8")
    ask = f"""
        source {script} || exit 3
        complete -p dftrace || exit 4
        COMP_WORDS=(dftrace run {MNIST} -l conv) COMP_CWORD=4
        "$(complete -p dftrace | sed 's/.*-F \\([^ ]*\\) .*/\\1/')" dftrace
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    env = environment(PATH=f"{DFTRACE.parent}:/usr/bin:/bin")
    done = subprocess.run(["bash", "--norc", "-c", ask], capture_output=True, env=env, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines()[1:] == ["conv2d_1", "conv2d_2"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_scripts_are_sound(tmp_path, shell):
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    script = tmp_path / "script"
    script.write_text(text_of("completion", shell), encoding="utf-8")
    done = subprocess.run([shell, "-n", script], capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "_DFTRACE_COMPLETE" in script.read_text(encoding="utf-8")


def test_the_steps_of_a_saved_trace_that_has_their_tensors(tmp_path):
    saved = tmp_path / "trace.npz"
    assert dftrace("run", MNIST, "-l", "conv2d_1", "-l", "conv2d_2:sum", "--save", saved).returncode == 0
    assert plain("show", saved, "-l", "conv") == ["conv2d_1"]
    assert plain("show", saved, "-l", "conv2d_2:") == ["conv2d_2:sum"]


def test_a_shell_that_is_not_named_is_asked_for_in_one_line():
    """Click lists choices in lines of their own."""
    said = dftrace("completion").stderr.decode().splitlines()[0]
    assert said == "error[E700]: missing argument 'SHELL'. Choose from: bash, zsh, fish"
