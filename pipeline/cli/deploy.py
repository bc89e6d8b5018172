"""`penstock deploy`: put a pushed version behind an endpoint of a service."""

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from penstock.core.errors import ConfigError
from pipeline.cli.commands import handles_errors
from pipeline.cli.compile import logged
from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, JsonOption, SetOption
from pipeline.cli.printing import print_json, print_lines

if TYPE_CHECKING:
    from penstock.config.config import Config
    from pipeline.submission.vertex_endpoint import Deployed, Deployment

app = typer.Typer(help="Put a pushed version behind an endpoint of a service.", no_args_is_help=True)

# What Vertex AI allows as the identifier of a model, and as a label.
_NAME = re.compile(r"[a-z][-a-z0-9_]{0,62}", re.ASCII)
_IMAGE = re.compile(r"[a-z0-9.-]+(:\d+)?(/[\w.-]+)+(:[\w.-]+|@sha256:[0-9a-f]{64})", re.ASCII)


@app.command()
@handles_errors
def vertex(
    version: Annotated[int, typer.Argument(metavar="VERSION", min=1, help="Number of the version.")],
    image: Annotated[str, typer.Option(metavar="IMAGE", help="Image of the server, made by deploy/server.Dockerfile.")],
    artifacts: Annotated[
        str | None, typer.Option(metavar="URI", help="Folder of the version; default: in push.directory.")
    ] = None,
    endpoint: Annotated[
        str | None, typer.Option(metavar="NAME", help="Name of the endpoint; default: that of the pipeline.")
    ] = None,
    machine: Annotated[str, typer.Option(metavar="TYPE", help="Type of the machines.")] = "n1-standard-2",
    replicas: Annotated[int, typer.Option(min=1, metavar="N", help="Least number of machines.")] = 1,
    max_replicas: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Largest number of machines; default: that of --replicas.")
    ] = None,
    traffic: Annotated[
        int, typer.Option(min=1, max=100, metavar="PERCENT", help="Share of the requests that the version gets.")
    ] = 100,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the requests; send none.")] = False,
    timeout: Annotated[int, typer.Option(min=1, help="Seconds that Vertex AI may take to answer all calls.")] = 300,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Deploy a version to an endpoint of Vertex AI, in the image of the prediction server.

    It uploads the version as a version of a model, makes the endpoint if there is none of that name, starts the
    deployment, and returns. What is there already is not made again.

    Exit code 0: the deployment was started, or is there; 1: Vertex AI cannot be reached, does not answer in time, or
    refuses; 2: bad configuration, arguments or credentials, or a request that Vertex AI rejects.
    """
    from penstock.config.loading import load
    from pipeline.submission.vertex_endpoint import Deployment, deploy, planned

    loaded = load(config, settings or ())
    name = loaded.name
    limits = (replicas, replicas if max_replicas is None else max_replicas)
    _check(name, image, limits)
    if endpoint is not None and not re.fullmatch(r"[\w .:-]{1,128}", endpoint):
        expected = "at most 128 letters, digits, spaces and . : - _"
        raise ConfigError("--endpoint", expected, repr(endpoint), "give another name")
    place = artifacts or f"{loaded.push.directory.rstrip('/')}/{version}"
    _check_bucket(place, "--artifacts" if artifacts else "push.directory", version)
    wanted = Deployment(name, version, place, image, endpoint or name, machine, limits, traffic, timeout)
    if dry_run:
        calls = logged(loaded, "deploy.log", lambda: planned(wanted, loaded.vertex))
        _print_calls(calls, as_json=as_json)
        return
    deployed = logged(loaded, "deploy.log", lambda: deploy(wanted, loaded.vertex))
    _report(deployed, wanted, loaded, as_json=as_json)


def _check(name: str, image: str, replicas: tuple[int, int]) -> None:
    if not _NAME.fullmatch(name):
        expected = "at most 63 small letters, digits, hyphens and underscores, a letter first"
        raise ConfigError("name", expected, repr(name), "give the pipeline such a name")
    if not _IMAGE.fullmatch(image):
        expected = "an image of a registry with its tag, such as europe-docker.pkg.dev/PROJECT/penstock/server:1"
        raise ConfigError("--image", expected, repr(image), "push the image, and give its name")
    least, most = replicas
    if most < least:
        raise ConfigError("--max-replicas", f"at least the {least} of --replicas", str(most), "raise it")


def _check_bucket(place: str, option: str, version: int) -> None:
    if not re.fullmatch(r"gs://[a-z0-9][a-z0-9._-]{1,220}/\S+", place):
        advice = f"push to a bucket, or copy the version to one and give --artifacts gs://BUCKET/FOLDER/{version}"
        raise ConfigError(option, "a folder in a bucket of Google Cloud (gs://BUCKET/FOLDER)", repr(place), advice)


def _print_calls(calls: list[tuple[str, dict[str, Any]]], *, as_json: bool) -> None:
    import json

    if as_json:
        print_json({"calls": [{"method": method, "request": request} for method, request in calls]})
        return
    for method, request in calls:
        print_lines(method, *json.dumps(request, indent=2).splitlines())
    print_lines(f"{len(calls)} calls; none was sent.")


def _report(deployed: "Deployed", wanted: "Deployment", config: "Config", *, as_json: bool) -> None:
    endpoint = deployed.endpoint.rpartition("/")[2]
    project = deployed.endpoint.split("/")[1]
    region = config.vertex.region
    link = f"https://console.cloud.google.com/vertex-ai/locations/{region}/endpoints/{endpoint}?project={project}"
    if as_json:
        facts = {"model": deployed.model, "endpoint": deployed.endpoint, "operation": deployed.operation}
        print_json({**facts, "without_traffic": list(deployed.without_traffic), "link": link})
        return
    if deployed.operation is None:
        print_lines(f"Version {wanted.version} is at endpoint {endpoint} already; nothing was changed.", link)
        return
    print_lines(
        f"Deploying version {wanted.version} of {wanted.model} to endpoint {endpoint}; this takes minutes.", link
    )
    for each in deployed.without_traffic:
        undeploy = f"gcloud ai endpoints undeploy-model {endpoint} --region {region} --deployed-model-id {each}"
        print_lines(f"Deployment {each} gets no requests any more, and costs until: {undeploy}")
