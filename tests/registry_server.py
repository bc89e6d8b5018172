"""The HTTP API of a registry on a real server, on a free port of loopback."""

import re
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import httpx
import uvicorn

from tests.metadata_store import CONFIGURATION


@contextmanager
def serving(app):
    """Yield a client of an application that uvicorn serves in a thread of this process."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=600) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(600)


@contextmanager
def started(folder, *options, uri="sqlite:///registry.sqlite"):
    """Start `penstock registry serve` as a process, and yield it with its URL; its access log is in `access`."""
    config = folder / "pipeline.toml"
    config.write_text(CONFIGURATION.replace("[data]", f'[registry]\nuri = "{uri}"\n[data]'))
    command = [sys.executable, "-m", "pipeline.cli.main", "registry", "serve", "--port", "0", *options]
    with (folder / "access").open("w") as out, (folder / "errors").open("w") as errors:
        process = subprocess.Popen([*command, "--config", str(config)], stdout=out, stderr=errors)
    try:
        while not (found := re.match("The registry answers at (http://[^;]*);", (folder / "access").read_text())):
            assert process.poll() is None, (folder / "errors").read_text()
            time.sleep(0.05)
        yield process, found[1]
    finally:
        process.terminate()
        process.wait(600)
