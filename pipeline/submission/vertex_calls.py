"""Calls of Vertex AI's generated clients: credentials, the address, and errors in four parts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from penstock.config.kubeflow import Vertex
from penstock.core.errors import ConfigError, PenstockError
from penstock.core.text import shorten
from pipeline.submission.refusals import Service, chain, not_installed, without_tokens
from pipeline.submission.waiting import within

R = TypeVar("R")
_LOGIN = "run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS"
_REMEDIES = {
    0: "check vertex.region, vertex.endpoint and the network",
    400: "correct what it names",
    401: _LOGIN,
    403: "grant roles/aiplatform.user in vertex.project, and the use of vertex.service_account",
    404: "check vertex.project and vertex.region",
}
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
# What gRPC reports as an unavailable service, though it has not been called.
_NO_TOKEN = "metadata from plugin"  # noqa: S105  part of a message
_UNREACHABLE = (503, 504)


@dataclass(frozen=True)
class Command:
    """The command that calls, for its errors.

    Attributes:
        name: As the user wrote it, such as `submit --target vertex`.
        seconds: How long the service may take.
        remedies: What to do, by HTTP status, where it is special.
        expected: What is expected, by HTTP status, where it is special.
        afterwards: What to do without an answer, where it is special.
    """

    name: str
    seconds: float
    remedies: Mapping[int, str] = field(default_factory=dict)
    expected: Mapping[int, str] = field(default_factory=dict)
    afterwards: str | None = None


def call(command: Command, settings: Vertex, work: Callable[[], R]) -> R:
    """Return the result of a function that calls Vertex AI.

    Raises:
        ConfigError: The client is not installed, there are no credentials, or Vertex AI refuses the request itself.
        PenstockError: Vertex AI cannot be reached, does not answer in time, or refuses.
    """
    try:
        import google.cloud.aiplatform_v1  # noqa: F401  whether it is installed
        from google.api_core.exceptions import GoogleAPICallError
        from google.auth.exceptions import GoogleAuthError
    except ImportError:
        raise not_installed("google-cloud-aiplatform", command.name) from None
    service = Service(address(settings), {**_REMEDIES, **command.remedies}, command.expected)
    try:
        if command.afterwards is None:
            return within(command.seconds, service.name, work)
        return within(command.seconds, service.name, work, command.afterwards)
    except PenstockError:
        raise
    except Exception as error:
        for each in chain(error):
            if isinstance(each, GoogleAuthError) or _NO_TOKEN in str(each):
                raise _without_credentials(command, each) from None
            if isinstance(each, GoogleAPICallError):
                status, message = int(each.code or 0), str(each.message)
                is_reached = status and status not in _UNREACHABLE
                raise (service.refused(status, message) if is_reached else service.unreachable(message)) from None
        raise


def address(settings: Vertex) -> str:
    """Return the address of the API."""
    return settings.endpoint or f"{settings.region}-aiplatform.googleapis.com"


def project_and_options(settings: Vertex) -> tuple[str, dict[str, Any]]:
    """Return the project, and the arguments of a client: the credentials and the address.

    Raises:
        ConfigError: No project is known.
    """
    import google.auth

    credentials, project_of_user = google.auth.default(scopes=[_SCOPE])
    project = settings.project or project_of_user
    if not project:
        raise ConfigError("vertex.project", "a project of Google Cloud", "none, and credentials without one", "set it")
    return project, {"credentials": credentials, "client_options": {"api_endpoint": address(settings)}}


def _without_credentials(command: Command, error: BaseException) -> ConfigError:
    received = shorten(without_tokens(str(error)), 200).rstrip(".")
    return ConfigError(command.name, "credentials of Google Cloud", received, _LOGIN)
