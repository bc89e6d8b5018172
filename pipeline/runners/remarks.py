"""The settings that a compiled pipeline ignores, and those to check before it runs, each with the reason."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from penstock.config.config import Config
from penstock.config.kubeflow import DEFAULT, PLACEHOLDER_ROOT
from penstock.core.places import in_container, is_remote_place
from penstock.core.urls import is_remote, mask_password
from pipeline.nodes import TABLE

# The keys of `[kubeflow]` that only Kubeflow reads.
_OF_KUBEFLOW = ("host", "namespace", "experiment", "service_account")


def ignored_settings(config: Config) -> dict[str, str]:
    """Return the keys that are set and have no effect on a target, each with the reason."""
    return dict(_ignored(config))


def settings_to_check(config: Config) -> dict[str, str]:
    """Return the keys whose value is right only if something outside of the configuration is, each with the reason."""
    return dict([*_places(config), *_image(config), *_training(config), *_registry(config)])


def _ignored(config: Config) -> Iterator[tuple[str, str]]:
    if config.registry.uri and not config.records_on_cluster:
        yield "registry.uri", "nodes reach a server (https://...) only: runs of this pipeline are not recorded"
    if config.metadata.uri:
        yield "metadata.uri", f"{mask_password(config.metadata.uri)}: the service records runs in its own store"
    if "directory" in config.state.model_fields_set:
        yield "state.directory", "only the log of this command is written there"
    if config.kubeflow.retries == 0 and "retry_wait" in config.kubeflow.model_fields_set:
        yield "kubeflow.retry_wait", "kubeflow.retries is 0"
    if config.target == "kubeflow" and config.vertex.model_fields_set:
        yield "vertex", "it is for the target vertex"
    if config.target == "vertex":
        for key in _OF_KUBEFLOW:
            if getattr(config.kubeflow, key) is not None:
                yield f"kubeflow.{key}", "it is for the target kubeflow"
    yield from _ignored_resources(config)


def _ignored_resources(config: Config) -> Iterator[tuple[str, str]]:
    resolvers = {spec.id for spec in TABLE if spec.resolves} if config.target == "vertex" else set()
    for node, given in config.kubeflow.resources.items():
        if node in resolvers:
            yield f"kubeflow.resources.{node}", "Vertex AI resolves the model without a container"
        if given.accelerator and node != DEFAULT and config.model.family != "neural":
            yield f"kubeflow.resources.{node}.accelerator", f"the family {config.model.family} uses none"


def _places(config: Config) -> Iterator[tuple[str, str]]:
    read = {"data.source": config.data.source, "schema.file": config.schema_.file}
    written = {"push.directory": config.push.directory, "data.quarantine": config.data.quarantine}
    for key, place in {**read, **written}.items():
        # The nodes of a database are a problem, not a remark.
        if place and not is_remote(place) and (reason := _condition(config, place, is_read=key in read)):
            yield key, f"{place} {reason}"
    if config.kubeflow.root == PLACEHOLDER_ROOT:
        yield "kubeflow.root", f"{PLACEHOLDER_ROOT} is a placeholder: name a bucket of yours"


def _condition(config: Config, place: str, *, is_read: bool) -> str:
    """Return what a place needs outside of the configuration; empty if nothing."""
    if is_remote_place(in_container(place)):
        return "" if in_container(place).startswith("gs://") else "needs the package tensorflow-io in the image"
    if PurePosixPath(place).is_absolute():
        where = "in the image or mounted in the containers" if is_read else "mounted in the containers"
        buckets = ", and Vertex AI mounts buckets only, as /gcs/BUCKET" if config.target == "vertex" else ""
        return f"has to be {where}{buckets}"
    return "has to be in the image, in the folder of the project" if is_read else ""


def _image(config: Config) -> Iterator[tuple[str, str]]:
    image = config.kubeflow.image
    tag = image.rpartition("/")[2].partition(":")[2] or "latest"
    if "/" not in image:
        yield "kubeflow.image", f"{image} names no registry: each machine of the cluster has to have it"
    elif "@" not in image and tag == "latest":
        yield (
            "kubeflow.image",
            "the tag latest moves, and outputs of older code are reused: give each state its own tag",
        )


def _training(config: Config) -> Iterator[tuple[str, str]]:
    if config.model.time_limit is not None:
        yield "model.time_limit", "a container with fewer cores tries fewer models in that time"


def _registry(config: Config) -> Iterator[tuple[str, str]]:
    variable = "PENSTOCK_REGISTRY__TOKEN"
    if config.records_on_cluster and variable not in config.kubeflow.secrets:
        where = "in the image" if config.target == "vertex" else "in kubeflow.secrets"
        yield "registry.token", f"nodes need one with the scopes read, write and promote: set {variable} {where}"
