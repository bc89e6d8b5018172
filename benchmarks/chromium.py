"""A page in Chromium without a network: its height, its requests, its console, and what a script finds in it."""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.measuring import plain_environment
from penstock.core.errors import PenstockError

WIDTH, HEIGHT = 1280, 900
_LOCAL = ("file:", "data:", "blob:", "about:")
# Nothing in it asks a server for updates, and no name of a server is found; the tests' own servers have none.
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--no-proxy-server",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--remote-debugging-pipe",
)  # fmt: skip
_SETTLED = "document.fonts.ready.then(() => new Promise(drawn => requestAnimationFrame(() => drawn(true))))"
_LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd"
# Chromium reads commands from descriptor 3 and writes to descriptor 4.
_START = """
import fcntl, os, sys
pipes = [fcntl.fcntl(int(each), fcntl.F_DUPFD, 10) for each in sys.argv[1:3]]
for number, pipe in enumerate(pipes, 3):
    os.dup2(pipe, number)
os.execv(sys.argv[3], sys.argv[3:])
"""


class BrowserError(PenstockError):
    """Chromium has ended, or does not do what it is asked for."""


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
def chromium(program: str) -> Iterator["Browser"]:
    """Start Chromium; it ends with the block."""
    here, theirs = os.pipe(), os.pipe()
    profile = tempfile.mkdtemp(prefix="chromium-")
    flags = [*_FLAGS, f"--user-data-dir={profile}", f"--window-size={WIDTH},{HEIGHT}"]
    process = subprocess.Popen(
        [sys.executable, "-c", _START, str(here[0]), str(theirs[1]), program, *flags],
        pass_fds=(here[0], theirs[1]),
        env=plain_environment(HOME=profile),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(here[0])
    os.close(theirs[1])
    try:
        with open(here[1], "wb") as commands, open(theirs[0], "rb") as messages:
            browser = Browser(process.pid, commands, messages)
            yield browser
            browser.call("Browser.close")
            process.wait(60)
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(profile, ignore_errors=True)


class Browser:
    """Chromium, by the commands of its developer tools.

    Attributes:
        pid: The number of its first process.
        events: The events since the last page was asked for.
    """

    def __init__(self, pid: int, commands: Any, messages: Any) -> None:
        """Take the process, and the streams of commands and messages."""
        self.pid = pid
        self._commands, self._messages = commands, messages
        self._number, self._rest = 0, b""
        self.events: list[dict[str, Any]] = []

    def visit(self, address: Path | str, script: str = "null") -> Page:
        """Load a file or a page of a server, wait until it is drawn, and run a script in it."""
        with self.tab() as tab:
            return tab.go(address, script)

    @contextmanager
    def tab(self, width: int = WIDTH, *, dark: bool = False) -> Iterator["Tab"]:
        """Open a tab of a width in pixels, in light or dark colours."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable", session)
        size = {"width": width, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", session, **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.call("Emulation.setEmulatedMedia", session, features=[scheme, still])
        yield Tab(self, session)
        self.call("Target.closeTarget", targetId=target)

    def call(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """Call a method, and return its result; events that arrive meanwhile are kept."""
        self._number += 1
        command = {"id": self._number, "method": method, "params": parameters}
        self._commands.write(json.dumps({**command, **({"sessionId": session} if session else {})}).encode() + b"\0")
        self._commands.flush()
        while (message := self._read()).get("id") != self._number:
            self.events.append(message)
        if "error" in message:
            raise _fault(method, message["error"])
        result: dict[str, Any] = message["result"]
        return result

    def wait_for_event(self) -> None:
        """Wait for the next event, and keep it."""
        self.events.append(self._read())

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            part = os.read(self._messages.fileno(), 1 << 20)
            if not part:
                raise _fault("the browser", "it has ended")
            self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found


class Tab:
    """A tab of the browser; it keeps its cookies from page to page."""

    def __init__(self, browser: Browser, session: str) -> None:
        """Take the browser, and the name of the tab in its commands."""
        self._browser, self._session = browser, session

    def go(self, address: Path | str, script: str = "null") -> Page:
        """Load a file or a page of a server, wait until it is drawn, and run a script in it."""
        url = address if isinstance(address, str) else address.resolve().as_uri()
        self._navigate(url)
        self._wait_until_loaded()
        page = Page(found=self.run(script))
        page.height = self.run("document.documentElement.scrollHeight")
        own = (*_LOCAL, "/".join(url.split("/")[:3]) + "/")
        for event in self._browser.events:
            _note(page, event["method"], event["params"], own)
        return page

    def load(self, url: str) -> float:
        """Load a page of a server, and return the seconds from the start of its navigation to its load event.

        A page whose policy forbids scripts is not waited for to be drawn.
        """
        self._navigate(url)
        self._wait_for_the_event()
        while not (milliseconds := self.run(_LOADED)):
            time.sleep(0.001)
        return float(milliseconds) / 1000

    def submit(self, script: str) -> None:
        """Run a script that leads to another page, and wait until that is drawn."""
        self._browser.events.clear()
        self.run(script)
        self._wait_until_loaded()

    def run(self, script: str) -> Any:
        """Return what a script finds in the page; a promise is waited for."""
        call = {"expression": script, "awaitPromise": True, "returnByValue": True}
        found = self._browser.call("Runtime.evaluate", self._session, **call)
        if "exceptionDetails" in found:
            raise _fault("the script", found["exceptionDetails"])
        return found["result"].get("value")

    def print_media(self) -> None:
        """Draw the page as it is printed."""
        self._browser.call("Emulation.setEmulatedMedia", self._session, media="print")
        self.run(_SETTLED)

    def picture(self, file: Path, height: int | None = None) -> None:
        """Write the whole page as a picture, or the first pixels of its height."""
        clip = {"x": 0, "y": 0, "width": self.run("window.innerWidth"), "height": height, "scale": 1}
        options = {"captureBeyondViewport": True, **({"clip": clip} if height else {})}
        found = self._browser.call("Page.captureScreenshot", self._session, **options)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(base64.b64decode(found["data"]))

    def without_cache(self) -> None:
        """Load every file from its server from now on."""
        self._browser.call("Network.setCacheDisabled", self._session, cacheDisabled=True)

    def _navigate(self, url: str) -> None:
        self._browser.events.clear()
        started = self._browser.call("Page.navigate", self._session, url=url)
        if "errorText" in started:
            raise _fault(url, started["errorText"])

    def _wait_until_loaded(self) -> None:
        self._wait_for_the_event()
        self.run(_SETTLED)

    def _wait_for_the_event(self) -> None:
        while not any(event["method"] == "Page.loadEventFired" for event in self._browser.events):
            self._browser.wait_for_event()


def _fault(what: str, received: object) -> BrowserError:
    return BrowserError(f"Chromium, {what}", "an answer", str(received), "see whether it starts on this machine")


def _note(page: Page, method: str, about: dict[str, Any], own: tuple[str, ...]) -> None:
    if method == "Network.requestWillBeSent" and not about["request"]["url"].startswith(own):
        page.requests.append(about["request"]["url"])
    elif method == "Runtime.exceptionThrown":
        page.errors.append(str(about["exceptionDetails"].get("exception", about["exceptionDetails"])))
    elif method == "Runtime.consoleAPICalled" and about["type"] in ("error", "warning", "assert"):
        page.errors.append(" ".join(str(each.get("value", each)) for each in about["args"]))
    elif method == "Log.entryAdded" and about["entry"]["level"] in ("error", "warning"):
        page.errors.append(about["entry"]["text"])
