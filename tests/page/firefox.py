"""Firefox without a network, driven by WebDriver BiDi, which it speaks itself: no program stands between."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

FIREFOXES = ("firefox-esr", "firefox")
START = 60
"""Seconds in which it has to listen."""
NOBODY = 9
"""A port at which nothing listens: the proxy that all requests go to."""
PREFERENCES = {
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": NOBODY,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": NOBODY,
    "network.proxy.no_proxies_on": "localhost,127.0.0.1",
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.auto": False,
}
_CALL = "(source, args) => Function(source).apply(null, JSON.parse(args))"


def program() -> str | None:
    """Firefox, if there is one."""
    return next(filter(None, map(shutil.which, FIREFOXES)), None)


class Firefox:
    """As much of a driver as a `Visit` needs."""

    def __init__(self, profile: Path) -> None:
        websocket = pytest.importorskip("websocket")
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items()]
        (profile / "user.js").write_text("".join(lines), encoding="utf-8")
        errors = profile / "stderr"
        command = [program(), "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"]
        with errors.open("wb") as stream:
            self.process = subprocess.Popen([*map(str, command)], stdout=subprocess.DEVNULL, stderr=stream)
        self.socket = websocket.create_connection(f"{_listening(errors)}/session", timeout=START, suppress_origin=True)
        self.numbers = count(1)
        self.logs: dict[str, list[dict[str, Any]]] = {"browser": [], "performance": []}
        self.send("session.new", capabilities={})
        self.send("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])
        (self.context,) = [one["context"] for one in self.send("browsingContext.getTree")["contexts"]]
        self.send("browsingContext.setViewport", context=self.context, viewport={"width": 1280, "height": 1400})

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """What a command returns; what happens meanwhile is kept."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            told = json.loads(self.socket.recv())
            if told.get("id") == number:
                assert told["type"] == "success", told
                return dict(told["result"])
            self._heard(told.get("method"), told.get("params", {}))

    def _heard(self, what: str | None, told: dict[str, Any]) -> None:
        """Keep what the console says, and what is asked for, as Chromium's logs have it."""
        if what == "log.entryAdded":
            self.logs["browser"].append({"level": told["level"].upper(), "message": told["text"] or ""})
        elif what == "network.beforeRequestSent":
            sent = {"method": "Network.requestWillBeSent", "params": {"request": {"url": told["request"]["url"]}}}
            self.logs["performance"].append({"message": json.dumps({"message": sent})})

    def get(self, url: str) -> None:
        self.send("browsingContext.navigate", context=self.context, url=url, wait="complete")

    def execute_script(self, source: str, *arguments: Any) -> Any:
        """What a function of this body returns, as JSON."""
        given = [{"type": "string", "value": text} for text in (source, json.dumps(arguments))]
        told = self.send(
            "script.callFunction",
            functionDeclaration=f"(source, args) => JSON.stringify(({_CALL})(source, args) ?? null)",
            arguments=given,
            target={"context": self.context},
            awaitPromise=True,
        )
        assert told["type"] == "success", told
        return json.loads(told["result"]["value"])

    def get_log(self, name: str) -> list[dict[str, Any]]:
        found, self.logs[name] = self.logs[name], []
        return found

    def click(self, selector: str) -> None:
        """Move a mouse over the middle of the first of what is selected, and press it there."""
        box = self.execute_script(
            "const found = document.querySelector(arguments[0]); found.scrollIntoView({block: 'center'});"
            "const {x, y, width, height} = found.getBoundingClientRect();"
            "return [Math.round(x + width / 2), Math.round(y + height / 2)];",
            selector,
        )
        self.click_at(*box)

    def click_at(self, x: int, y: int) -> None:
        moves = [
            {"type": "pointerMove", "x": x, "y": y},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        mouse = {"type": "pointer", "id": "mouse", "actions": moves}
        self.send("input.performActions", context=self.context, actions=[mouse])

    def press(self, key: str) -> None:
        strokes = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        keys = {"type": "key", "id": "keys", "actions": strokes}
        self.send("input.performActions", context=self.context, actions=[keys])

    def quit(self) -> None:
        self.socket.close()
        self.process.terminate()
        self.process.wait(timeout=30)


def _listening(errors: Path) -> str:
    """The address that Firefox tells when it is ready."""
    late = time.monotonic() + START
    while time.monotonic() < late:
        found = re.search(r"listening on (ws://\S+)", errors.read_text(encoding="utf-8", errors="replace"))
        if found:
            return found[1]
        time.sleep(0.1)
    raise AssertionError(errors.read_text(encoding="utf-8", errors="replace"))
