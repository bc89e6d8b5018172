"""The HTTP API of a registry on a real server, on a free port of loopback."""

import threading
import time
from contextlib import contextmanager

import httpx
import uvicorn


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
