"""Submission to Kubeflow Pipelines with its SDK."""

import io
import json
import re
from contextlib import redirect_stdout
from typing import Any

from penstock.config.kubeflow import Kubeflow
from penstock.config.loading import environment_flag
from penstock.core.errors import ConfigError, PenstockError
from penstock.core.text import shorten
from pipeline.submission.refusals import Service, chain, not_installed
from pipeline.submission.request import Request, Submitted
from pipeline.submission.waiting import within

# The SDK's own variable: the file with the token that the server accepts.
TOKEN_FILE = "KF_PIPELINES_SA_TOKEN_PATH"  # noqa: S105  the name of a variable
_TOKEN = f"set {TOKEN_FILE} to a file with a token that it accepts"
_AGAIN = "write it again with `penstock compile`"
_REMEDIES = {
    0: "set kubeflow.host to the address of the API",
    400: "correct what it names",
    401: _TOKEN,
    403: f"ask for the permission in the namespace, set kubeflow.namespace, or {_TOKEN}",
    404: "check kubeflow.host, kubeflow.namespace and kubeflow.experiment",
    409: "give another name with --name",
}


def submit(request: Request, settings: Kubeflow) -> Submitted:
    """Create a run, and its experiment if there is none of that name.

    Raises:
        ConfigError: The client is not installed, or the server refuses the request itself.
        PenstockError: The server cannot be reached, does not answer in time, or refuses the run.
    """
    try:
        import kfp.client  # noqa: F401  whether it is installed
    except ImportError:
        raise not_installed("kfp", "submit --target kubeflow") from None
    service = Service(settings.host or "Kubeflow Pipelines", _REMEDIES)
    printed = io.StringIO()
    try:
        with redirect_stdout(printed):
            run = within(request.seconds, service.name, lambda: _create(request, settings))
    except PenstockError:
        raise
    except Exception as error:
        # Without its cause, whose text has the headers of the answer: a cookie may be among them.
        raise _refusal(error, request, service) from None
    if not run:
        raise _unexpected(service, None)
    # The SDK knows which address shows the run.
    link = re.search(r"Run details: (http\S+)", printed.getvalue())
    return Submitted(run, link[1] if link else None)


def _create(request: Request, settings: Kubeflow) -> str:
    client = _client(settings, request.seconds)
    result = client.create_run_from_pipeline_package(
        str(request.file),
        arguments=dict(request.parameters),
        run_name=request.name,
        experiment_name=settings.experiment,
        namespace=settings.namespace,
        pipeline_root=request.root,
        # `True` would turn caching on for the nodes that must not be cached.
        enable_caching=None if request.is_cached else False,
        service_account=settings.service_account,
    )
    return str(result.run_id or "")


def _client(settings: Kubeflow, seconds: int) -> Any:
    import kfp.client
    from kfp.client.set_volume_credentials import ServiceAccountTokenVolumeCredentials

    class Client(kfp.client.Client):
        def get_kfp_healthz(self, sleep_duration: int = 0) -> Any:
            """Ask once: the SDK asks five times, also if the answer is final, and then hides it."""
            return self.healthzs.healthz_service_get_healthz(_request_timeout=seconds)

    credentials = ServiceAccountTokenVolumeCredentials() if environment_flag(TOKEN_FILE) else None
    try:
        return Client(host=settings.host, credentials=credentials)
    except OSError as error:
        if credentials is None or not error.filename:
            raise
        raise ConfigError(f"{error.filename}", "a file with a token", f"{error.strerror}".lower(), _TOKEN) from None


def _refusal(error: Exception, request: Request, service: Service) -> PenstockError:
    """Return the error in four parts for what the client raised."""
    import urllib3
    from google.protobuf import json_format
    from kfp_server_api import ApiException

    for each in chain(error):
        if isinstance(each, json_format.ParseError):
            received = shorten(str(each), 200)
            return ConfigError(f"{request.file}", "a specification that KFP reads", received, _AGAIN)
        if isinstance(each, ApiException) and each.status:
            return service.refused(each.status, _message(each.body))
        if isinstance(each, ApiException | urllib3.exceptions.HTTPError):
            return service.unreachable(str(getattr(each, "reason", None) or each))
    return _unexpected(service, error)


def _message(body: str | bytes | None) -> str:
    """Return the message in the body of an answer, which is JSON if it is the server's and not a proxy's."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body or ""
    try:
        found = json.loads(text)
    except ValueError:
        return "" if "<html" in text.lower() else text
    message = found.get("message") or found.get("error") if isinstance(found, dict) else None
    return message if isinstance(message, str) else text


def _unexpected(service: Service, error: Exception | None) -> PenstockError:
    """Return the error for an answer that is not the API's, such as the page for a login."""
    received = f"{type(error).__name__}: {shorten(str(error))}" if error else "an answer without a run"
    return PenstockError(service.name, "the answers of the KFP API", received, f"check kubeflow.host, and {_TOKEN}")
