"""Submission to Vertex AI with its generated client.

`PipelineJob.submit` of the SDK sends the same request, which a test compares. But first it makes a bucket where the
root names one that does not exist, as after a typing error, and it asks two other services, each of which may wait for
a minute in a network that reaches Vertex AI only.
"""

import datetime
import re
from typing import Any

from penstock.config.kubeflow import Vertex
from penstock.core.errors import ConfigError, PenstockError
from penstock.core.text import shorten
from pipeline.submission.refusals import Service, chain, not_installed, without_tokens
from pipeline.submission.request import Request, Submitted, specification_of
from pipeline.submission.waiting import within

_LOGIN = "run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS"
_REMEDIES = {
    0: "check vertex.region, vertex.endpoint and the network",
    400: "correct what it names",
    401: _LOGIN,
    403: "grant roles/aiplatform.user in vertex.project, and the use of vertex.service_account",
    404: "check vertex.project and vertex.region",
    409: "give another name with --name",
}
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
# What gRPC reports as an unavailable service, though it has not been called.
_NO_TOKEN = "metadata from plugin"  # noqa: S105  part of a message
_UNREACHABLE = (503, 504)
_NAME = re.compile(r"[a-z][-a-z0-9]{0,127}", re.ASCII)


def submit(request: Request, settings: Vertex) -> Submitted:
    """Create a pipeline job.

    Raises:
        ConfigError: The client is not installed, there are no credentials, or Vertex AI refuses the request itself.
        PenstockError: Vertex AI cannot be reached, does not answer in time, or refuses the job.
    """
    try:
        import google.cloud.aiplatform_v1  # noqa: F401  whether it is installed
        from google.api_core.exceptions import GoogleAPICallError
        from google.auth.exceptions import GoogleAuthError
    except ImportError:
        raise not_installed("google-cloud-aiplatform", "vertex") from None
    service = Service(_endpoint(settings), _REMEDIES)
    try:
        return within(request.seconds, service.name, lambda: _create(request, settings))
    except PenstockError:
        raise
    except Exception as error:
        for each in chain(error):
            if isinstance(each, GoogleAuthError) or _NO_TOKEN in str(each):
                raise _without_credentials(each) from None
            if isinstance(each, GoogleAPICallError):
                status, message = int(each.code or 0), str(each.message)
                is_reached = status and status not in _UNREACHABLE
                raise (service.refused(status, message) if is_reached else service.unreachable(message)) from None
        raise


def job_of(request: Request, settings: Vertex) -> Any:
    """Return the job: the file, and the values of this run."""
    from google.cloud.aiplatform_v1 import types

    specification = specification_of(request.file)
    if not request.is_cached:
        for task in specification["root"]["dag"]["tasks"].values():
            task["cachingOptions"] = {"enableCache": False}
    root = request.root or specification["defaultPipelineRoot"]
    return types.PipelineJob(
        display_name=request.name or specification["pipelineInfo"]["name"],
        pipeline_spec=specification,
        runtime_config={"gcs_output_directory": root, "parameter_values": dict(request.parameters)},
        service_account=settings.service_account or "",
    )


def _create(request: Request, settings: Vertex) -> Submitted:
    import google.auth
    from google.cloud.aiplatform_v1 import PipelineServiceClient

    name = request.name or _name_with_time(request)
    if not _NAME.fullmatch(name):
        expected = "at most 128 small letters, digits and hyphens, a letter first"
        raise ConfigError(f"--name {name}", expected, repr(name), "give such a name")
    credentials, project_of_user = google.auth.default(scopes=[_SCOPE])
    project = settings.project or project_of_user
    if not project:
        raise ConfigError("vertex.project", "a project of Google Cloud", "none, and credentials without one", "set it")
    client = PipelineServiceClient(credentials=credentials, client_options={"api_endpoint": _endpoint(settings)})
    job = client.create_pipeline_job(
        parent=f"projects/{project}/locations/{settings.region}",
        pipeline_job=job_of(request, settings),
        pipeline_job_id=name,
        timeout=request.seconds,
    )
    run = job.name.rpartition("/")[2]
    pages = "https://console.cloud.google.com/vertex-ai"
    return Submitted(run, f"{pages}/locations/{settings.region}/pipelines/runs/{run}?project={project}")


def _endpoint(settings: Vertex) -> str:
    return settings.endpoint or f"{settings.region}-aiplatform.googleapis.com"


def _name_with_time(request: Request) -> str:
    pipeline = specification_of(request.file)["pipelineInfo"]["name"]
    letter = "" if pipeline[0].isalpha() else "run-"
    return f"{letter}{pipeline[:100]}-{datetime.datetime.now(datetime.UTC):%Y%m%d%H%M%S}"


def _without_credentials(error: BaseException) -> ConfigError:
    received = shorten(without_tokens(str(error)), 200).rstrip(".")
    return ConfigError("submit --target vertex", "credentials of Google Cloud", received, _LOGIN)
