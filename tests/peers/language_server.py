"""A client of yaml-language-server, as editors have one: what does it offer, and what does it complain of."""

from __future__ import annotations

import json
import subprocess
from typing import Any

PLACE = "|"
"""Where the cursor stands in a text."""


class LanguageServer:
    """A running server that knows one schema. The cursor's place in a text is a `|`."""

    def __init__(self, command: str, schema: str) -> None:
        self._process = subprocess.Popen([command, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._settings = {
            "yaml": {
                **dict.fromkeys(("validate", "completion"), True),
                "schemas": {schema: "*.yaml"},
                "schemaStore": {"enable": False},
            }
        }
        self._knows_the_schema = False
        self._number = 0
        self._found: dict[str, list[str]] = {}
        can = {"workspace": {"configuration": True}, "textDocument": {"publishDiagnostics": {}}}
        self._ask("initialize", {"processId": None, "rootUri": None, "capabilities": can})
        self._send(method="initialized", params={})
        while not self._knows_the_schema:
            self._answer(self._read())

    def close(self) -> None:
        """Let it end."""
        self._ask("shutdown", None)
        self._send(method="exit")
        self._process.communicate(timeout=10)

    def offered(self, text: str) -> set[str]:
        """What may stand at the cursor."""
        before, _, after = text.partition(PLACE)
        uri = self._opened(before + after)
        line, column = before.count("\n"), len(before) - before.rfind("\n") - 1
        where = {"textDocument": {"uri": uri}, "position": {"line": line, "character": column}}
        return {item["label"] for item in self._ask("textDocument/completion", where)["items"]}

    def complaints(self, text: str) -> list[str]:
        """What is wrong with a text."""
        uri = self._opened(text)
        while uri not in self._found:
            self._answer(self._read())
        return self._found.pop(uri)

    def _opened(self, text: str) -> str:
        self._number += 1
        uri = f"file:///{self._number}.yaml"
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._send(method="textDocument/didOpen", params={"textDocument": document})
        return uri

    def _ask(self, method: str, params: Any) -> Any:
        self._number += 1
        asked = self._number
        self._send(id=asked, method=method, params=params)
        while True:
            message = self._read()
            if "method" not in message and message["id"] == asked:
                return message["result"]
            self._answer(message)

    def _answer(self, message: dict[str, Any]) -> None:
        """What the server asks or tells us."""
        method, params = message.get("method"), message.get("params")
        if method == "textDocument/publishDiagnostics":
            self._found[params["uri"]] = [each["message"] for each in params["diagnostics"]]
        elif "id" in message:
            asks = method == "workspace/configuration"
            items = params["items"] if asks else []
            self._send(id=message["id"], result=[self._settings.get(item["section"], {}) for item in items])
            self._knows_the_schema |= asks

    def _send(self, **message: Any) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()

    def _read(self) -> dict[str, Any]:
        length = 0
        while (line := self._process.stdout.readline().strip()) != b"":
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return json.loads(self._process.stdout.read(length))
