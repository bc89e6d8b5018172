"""Submission to Vertex AI with its generated client.

`PipelineJob.submit` of the SDK sends the same request, which a test compares. But first it makes a bucket where the
root names one that does not exist, as after a typing error, and it asks two other services, each of which may wait for
a minute in a network that reaches Vertex AI only.
"""

import datetime
import re
from typing import Any

from penstock.config.kubeflow import Vertex
from penstock.core.errors import ConfigError
from pipeline.submission.request import Request, Submitted, specification_of
from pipeline.submission.vertex_calls import Command, call, project_and_options

_REMEDIES = {409: "give another name with --name"}
_NAME = re.compile(r"[a-z][-a-z0-9]{0,127}", re.ASCII)


def submit(request: Request, settings: Vertex) -> Submitted:
    """Create a pipeline job.

    Raises:
        ConfigError: The client is not installed, there are no credentials, or Vertex AI refuses the request itself.
        PenstockError: Vertex AI cannot be reached, does not answer in time, or refuses the job.
    """
    command = Command("submit --target vertex", request.seconds, _REMEDIES)
    return call(command, settings, lambda: _create(request, settings))


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
    from google.cloud.aiplatform_v1 import PipelineServiceClient

    name = request.name or _name_with_time(request)
    if not _NAME.fullmatch(name):
        expected = "at most 128 small letters, digits and hyphens, a letter first"
        raise ConfigError(f"--name {name}", expected, repr(name), "give such a name")
    project, options = project_and_options(settings)
    job = PipelineServiceClient(**options).create_pipeline_job(
        parent=f"projects/{project}/locations/{settings.region}",
        pipeline_job=job_of(request, settings),
        pipeline_job_id=name,
        timeout=request.seconds,
    )
    run = job.name.rpartition("/")[2]
    pages = "https://console.cloud.google.com/vertex-ai"
    return Submitted(run, f"{pages}/locations/{settings.region}/pipelines/runs/{run}?project={project}")


def _name_with_time(request: Request) -> str:
    pipeline = specification_of(request.file)["pipelineInfo"]["name"]
    letter = "" if pipeline[0].isalpha() else "run-"
    return f"{letter}{pipeline[:100]}-{datetime.datetime.now(datetime.UTC):%Y%m%d%H%M%S}"
