"""A page in Chromium without a network: its height, its requests, its console, and what a script finds in it."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.servers import installed

WIDTH, HEIGHT = 1280, 900
_LOCAL = ("file:", "data:", "blob:", "about:")
# Nothing in it asks a server for updates, and no name of a server is found.
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--no-proxy-server",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--remote-debugging-pipe",
)  # fmt: skip
_SETTLED = "document.fonts.ready.then(() => new Promise(drawn => requestAnimationFrame(() => drawn(true))))"
# Chromium reads commands from descriptor 3 and writes to descriptor 4.
_START = """
import fcntl, os, sys
pipes = [fcntl.fcntl(int(each), fcntl.F_DUPFD, 10) for each in sys.argv[1:3]]
for number, pipe in enumerate(pipes, 3):
    os.dup2(pipe, number)
os.execv(sys.argv[3], sys.argv[3:])
"""


@dataclass
class Page:
    """A page after it was loaded and drawn.

    Attributes:
        height: Its height in pixels.
        requests: The addresses that it asked for off this machine.
        errors: Errors and warnings in its console.
        found: What the script returned.
    """

    height: int = 0
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    found: Any = None


@contextmanager
def chromium() -> Iterator["Browser"]:
    """Start Chromium; it ends with the block."""
    program = installed("chromium", lambda: shutil.which("chromium"))
    here, theirs = os.pipe(), os.pipe()
    profile = tempfile.mkdtemp(prefix="chromium-")
    flags = [*_FLAGS, f"--user-data-dir={profile}", f"--window-size={WIDTH},{HEIGHT}"]
    process = subprocess.Popen(
        [sys.executable, "-c", _START, str(here[0]), str(theirs[1]), program, *flags],
        pass_fds=(here[0], theirs[1]),
        env={"PATH": os.environ["PATH"], "HOME": profile, "LANG": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(here[0])
    os.close(theirs[1])
    try:
        with open(here[1], "wb") as commands, open(theirs[0], "rb") as messages:
            browser = Browser(commands, messages)
            yield browser
            browser.call("Browser.close")
            process.wait(60)
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(profile, ignore_errors=True)


class Browser:
    """Chromium, by the commands of its developer tools."""

    def __init__(self, commands: Any, messages: Any) -> None:
        self._commands, self._messages = commands, messages
        self._number, self._rest = 0, b""
        self._events: list[dict[str, Any]] = []

    def visit(self, file: Path, script: str = "null") -> Page:
        """Load a file, wait until it is drawn, and run a script in it."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable", session)
        self._events.clear()
        self.call("Page.navigate", session, url=file.resolve().as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self._events):
            self._events.append(self._read())
        self._evaluate(session, _SETTLED)
        page = Page(found=self._evaluate(session, script))
        page.height = self._evaluate(session, "document.documentElement.scrollHeight")
        for event in self._events:
            _note(page, event["method"], event["params"])
        self.call("Target.closeTarget", targetId=target)
        return page

    def call(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """Call a method, and return its result; events that arrive meanwhile are kept."""
        self._number += 1
        command = {"id": self._number, "method": method, "params": parameters}
        self._commands.write(json.dumps({**command, **({"sessionId": session} if session else {})}).encode() + b"\0")
        self._commands.flush()
        while (message := self._read()).get("id") != self._number:
            self._events.append(message)
        assert "error" not in message, message
        result: dict[str, Any] = message["result"]
        return result

    def _evaluate(self, session: str, script: str) -> Any:
        found = self.call("Runtime.evaluate", session, expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            part = os.read(self._messages.fileno(), 1 << 20)
            assert part, "Chromium has ended"
            self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found


def _note(page: Page, method: str, about: dict[str, Any]) -> None:
    if method == "Network.requestWillBeSent" and not about["request"]["url"].startswith(_LOCAL):
        page.requests.append(about["request"]["url"])
    elif method == "Runtime.exceptionThrown":
        page.errors.append(str(about["exceptionDetails"].get("exception", about["exceptionDetails"])))
    elif method == "Runtime.consoleAPICalled" and about["type"] in ("error", "warning", "assert"):
        page.errors.append(" ".join(str(each.get("value", each)) for each in about["args"]))
    elif method == "Log.entryAdded" and about["entry"]["level"] in ("error", "warning"):
        page.errors.append(about["entry"]["text"])
