"""The application on small models; nothing is imported before the first test that needs it."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from tests.penstock.server.rest.cases import Reply


@dataclass(frozen=True)
class Caller:
    """Calls an ASGI application without a server."""

    application: Any

    def __call__(self, method: str, path: str, body: bytes | str = b"", **headers: str) -> Reply:
        return asyncio.run(self.answer(method, path, body.encode() if isinstance(body, str) else body, headers))

    async def answer(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Reply:
        pieces = [body[: len(body) // 2], body[len(body) // 2 :]]

        async def receive():
            return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

        return await self.answer_to(method, path, headers, receive)

    async def answer_to(self, method: str, path: str, headers: dict[str, str], receive: Any) -> Reply:
        sent: list[dict[str, Any]] = []
        raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "headers": raw}
        scope["penstock"] = {}

        async def send(message):
            sent.append(message)

        await self.application(scope, receive, send)
        start, end = sent
        found = {name.decode(): value.decode() for name, value in start["headers"]}
        return Reply(start["status"], found, end["body"], scope)


@pytest.fixture(scope="session")
def models(mixed_model, estimator_model, tmp_path_factory):
    """The models mixed (versions 1 and 2, label stable), estimator (7) and echo (3)."""
    from penstock.server.models.models import ModelConfig, Models, Policy
    from tests.penstock.server.rest.echo_model import write_echo

    echo = tmp_path_factory.mktemp("models") / "echo"
    write_echo(echo / "3")
    configs = [
        ModelConfig("mixed", mixed_model, Policy(every=True), {"stable": 1}),
        ModelConfig("estimator", estimator_model),
        ModelConfig("echo", echo),
    ]
    return Models(configs)


@pytest.fixture(scope="session")
def call(models):
    """Call the application with its default options."""
    from penstock.server.rest.application import application

    return Caller(application(models))


@pytest.fixture
def call_with(models):
    """Call the application with other options."""
    from penstock.server.rest.application import application
    from penstock.server.rest.options import Options

    return lambda **options: Caller(application(models, Options(**options)))


@pytest.fixture(scope="session")
def server(models):
    """The address of a server of this process that answers with the default options."""
    from penstock.server.rest.application import application
    from tests.registry_server import serving

    with serving(application(models)) as client:
        yield str(client.base_url)
