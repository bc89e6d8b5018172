"""What TFX's compiler leaves out of a specification: caching by node, the runtime parameters, and the root.

Both schemas are handled: 2.0 in a PipelineJob, 2.1 alone. They write types and values of parameters differently.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

Specification = dict[str, Any]


@dataclass(frozen=True)
class Parameter:
    """A parameter of the pipeline, whose value is text.

    Attributes:
        name: Its name, which is also the name of the parameter of the nodes.
        default: The value if none is given.
        nodes: The nodes that receive it.
    """

    name: str
    default: str
    nodes: tuple[str, ...]


def run_each_time(specification: Specification, nodes: Collection[str]) -> None:
    """Turn caching off for some nodes: their result depends on more than their inputs."""
    for name, task in tasks_of(specification).items():
        if name in nodes:
            task.pop("cachingOptions", None)


def without_drivers(specification: Specification) -> None:
    """Remove TFX's driver of ExampleGen: Kubeflow does not run it, and it knows no runtime parameter."""
    for executor in specification["deploymentSpec"]["executors"].values():
        executor.get("container", {}).pop("lifecycle", None)


def start_with(specification: Specification, module: str) -> None:
    """Let a program of ours start TFX's program in each container; it receives the name of TFX's first."""
    for executor in specification["deploymentSpec"]["executors"].values():
        if "container" in executor:
            command = executor["container"]["command"]
            command.insert(command.index("-m") + 1, module)


def add_parameters(specification: Specification, parameters: Collection[Parameter]) -> None:
    """Add the parameters to the pipeline and to the nodes that receive them."""
    modern = is_modern(specification)
    kind = {"parameterType": "STRING"} if modern else {"type": "STRING"}
    for parameter in parameters:
        default = {"defaultValue": parameter.default, "isOptional": True} if modern else {}
        inputs = specification["root"].setdefault("inputDefinitions", {}).setdefault("parameters", {})
        inputs[parameter.name] = {**kind, **default}
        for node in parameter.nodes:
            task = tasks_of(specification)[node]
            component = specification["components"][task["componentRef"]["name"]]
            component.setdefault("inputDefinitions", {}).setdefault("parameters", {})[parameter.name] = dict(kind)
            given = task.setdefault("inputs", {}).setdefault("parameters", {})
            given[parameter.name] = {"componentInputParameter": parameter.name}


def tasks_of(specification: Specification) -> dict[str, Any]:
    """Return the tasks by their names; those of our nodes have the names of the nodes."""
    tasks: dict[str, Any] = specification["root"]["dag"]["tasks"]
    return tasks


def is_modern(specification: Specification) -> bool:
    """Return whether a specification has schema 2.1."""
    return bool(specification["schemaVersion"] != "2.0.0")
