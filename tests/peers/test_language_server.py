"""What an editor offers and marks by our schema, asked of the server that it uses: npm install yaml-language-server."""

from __future__ import annotations

import json
import shutil

import pytest

from dataflow_cli.layers import KINDS
from dataflow_cli.netfile.json_schema import network_schema
from tests.peers.language_server import LanguageServer

pytestmark = pytest.mark.peers
COMMAND = shutil.which("yaml-language-server")
HEAD = "dftrace: 1\ninput: [8, 8, 1]\nlayers:\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    if COMMAND is None:
        pytest.skip("there is no yaml-language-server on the PATH: npm install --global yaml-language-server")
    schema = tmp_path_factory.mktemp("schema") / "dftrace.schema.json"
    schema.write_text(json.dumps(network_schema()), encoding="utf-8")
    started = LanguageServer(COMMAND, schema.as_uri())
    yield started
    started.close()


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}  - type: |\n",
        f"{HEAD}  - {{type: |}}\n",
        f"{HEAD}  - flatten\n  - type: |\n  - relu\n",
        "dftrace: 1\ninput: [3]\nblocks:\n  body:\n    layers:\n      - type: |\n",
    ],
)
def test_every_kind_is_offered_as_a_type(server, text):
    assert {*KINDS, "block"} <= server.offered(text)


@pytest.mark.parametrize("kind", KINDS)
def test_the_fields_of_a_kind_are_offered_below_it(server, kind):
    assert {*KINDS[kind].options(), "name", "inputs", "weights"} <= server.offered(f"{HEAD}  - type: {kind}\n    |\n")


def test_other_keys_and_values_are_offered(server):
    assert {"shape", "resize", "invert", "scale"} <= server.offered("dftrace: 1\ninput:\n  |\n")
    assert {"nearest", "bilinear"} <= server.offered("dftrace: 1\ninput:\n  shape: [3]\n  resize: |\n")
    assert {"use", "repeat", "with"} <= server.offered(f"{HEAD}  - type: block\n    |\n")


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ("{type: conv2d, filters: 3}", 'Missing property "kernel_size"'),
        ("{type: conv2d, filters: 3, kernel_size: 3, activaton: relu}", "Property activaton is not allowed"),
        ("{type: dense, units: -3}", "below the minimum of 1"),
    ],
)
def test_a_mistake_is_marked_by_what_it_is(server, layer, said):
    (complaint,) = server.complaints(f"{HEAD}  - {layer}\n")
    assert said in complaint


def test_a_sound_file_is_not_marked(server):
    assert server.complaints(f"{HEAD}  - {{type: conv2d, filters: 3, kernel_size: 3}}\n  - flatten\n") == []
