"""The settings that a compiled pipeline cannot have, each with the reason."""

from collections.abc import Iterator, Sequence

from penstock.config.config import Config
from penstock.config.kubeflow import ACCELERATORS, DEFAULT
from penstock.core.errors import ConfigError
from pipeline.nodes import known_node, runs_each_time

# The nodes that fit a model.
_TRAINED = ("Tuner", "Trainer")
# Where each service writes artifacts.
_ROOTS = {"kubeflow": ("gs://", "s3://", "minio://"), "vertex": ("gs://",)}
_OWN_MACHINE = ("localhost", "127.0.0.1", "[::1]")


def refused_settings(config: Config, beam_arguments: Sequence[str]) -> dict[str, str]:
    """Return the keys that a target cannot have, each with the reason.

    Args:
        config: The configuration, for a target.
        beam_arguments: The flags that the nodes give Beam.
    """
    return dict(
        [*_unknown_nodes(config), *_cached(config), *_accelerators(config), *_of_target(config, beam_arguments)]
    )


def _unknown_nodes(config: Config) -> Iterator[tuple[str, str]]:
    for section, nodes in (("resources", config.kubeflow.resources), ("cache", config.kubeflow.cache)):
        for node in nodes:
            try:
                known_node(config, node) if node != DEFAULT else node
            except ConfigError as error:
                yield f"kubeflow.{section}.{node}", f"expected {error.expected}, received {error.received}"


def _cached(config: Config) -> Iterator[tuple[str, str]]:
    for node in sorted(runs_each_time()):
        if config.kubeflow.cache.get(node):
            yield f"kubeflow.cache.{node}", "expected false: what it does depends on more than its inputs"


def _accelerators(config: Config) -> Iterator[tuple[str, str]]:
    for node, given in config.kubeflow.resources.items():
        if given.accelerator is None:
            continue
        key = f"kubeflow.resources.{node}.accelerator"
        if node not in _TRAINED:
            yield key, f"only {' and '.join(_TRAINED)} can use one"
        elif config.target == "vertex" and given.accelerator not in ACCELERATORS:
            yield key, f"expected a name of Vertex AI such as NVIDIA_L4, received {given.accelerator!r}"
        elif config.target == "kubeflow" and given.accelerator in ACCELERATORS:
            yield key, f"expected a Kubernetes resource such as nvidia.com/gpu, received {given.accelerator!r}"


def _of_target(config: Config, beam_arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    if config.target == "vertex" and config.kubeflow.secrets:
        yield "kubeflow.secrets", "Vertex AI has no Kubernetes secrets: give its service account the permissions"
    if config.evaluation.baseline == "default":
        reason = "the alias is looked up on the machine that starts the run, and its files are not on the cluster"
        yield "evaluation.baseline", f"default: {reason}: set latest or none"
    roots = _ROOTS[config.target or "kubeflow"]
    if not config.kubeflow.root.startswith(roots):
        yield "kubeflow.root", f"expected a bucket ({' or '.join(roots)}), received {config.kubeflow.root!r}"
    if config.beam.runner != "local":
        reason = "there ExampleGen needs a folder that all workers have, and the artifacts are in a bucket: set local"
        yield "beam.runner", f"{config.beam.runner}: {reason}"
    for argument in beam_arguments:
        name, _, value = argument.partition("=")
        if name.endswith("_endpoint") and value.startswith(_OWN_MACHINE):
            yield f"beam.options {name}", f"{value} is the container itself: name a host that it can reach"
