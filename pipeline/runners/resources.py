"""Resources, retries and secrets of the containers in a compiled specification, as KFP's own compiler writes them."""

from collections.abc import Collection, Iterator
from typing import Any

from penstock.config.kubeflow import Kubeflow, Resources
from pipeline.runners.specification import Specification, is_modern, tasks_of


def containers(specification: Specification) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the node, the label and the container of each executor that is a container."""
    executors = specification["deploymentSpec"]["executors"]
    for node, task in tasks_of(specification).items():
        label = specification["components"][task["componentRef"]["name"]].get("executorLabel")
        if "container" in executors.get(label, {}):
            yield node, label, executors[label]["container"]


def add_resources(specification: Specification, kubeflow: Kubeflow) -> None:
    """Add what each container gets: it asks for so much, and is given no more."""
    for node, _, container in containers(specification):
        if found := _resources(kubeflow.resources_of(node), modern=is_modern(specification)):
            container["resources"] = found


def add_retries(specification: Specification, kubeflow: Kubeflow, excluded: Collection[str]) -> None:
    """Let the service start a container again that failed, except for some nodes, whose answer would be the same."""
    for node, _, _ in containers(specification) if kubeflow.retries else ():
        if node not in excluded:
            tasks_of(specification)[node]["retryPolicy"] = {
                "maxRetryCount": kubeflow.retries,
                "backoffDuration": f"{kubeflow.retry_wait}s",
                "backoffFactor": 2.0,
                "backoffMaxDuration": "3600s",
            }


def platform_of(specification: Specification, kubeflow: Kubeflow) -> dict[str, Any] | None:
    """Return the second document of a specification, which names the secrets; None if there are none."""
    if not kubeflow.secrets:
        return None
    secrets = [(variable, *secret.split("/", 1)) for variable, secret in sorted(kubeflow.secrets.items())]
    labels = [label for _, label, _ in containers(specification)]
    executors = {label: {"secretAsEnv": [_secret(*each) for each in secrets]} for label in labels}
    return {"platforms": {"kubernetes": {"deploymentSpec": {"executors": executors}}}}


def _resources(given: Resources, *, modern: bool) -> dict[str, Any]:
    """Return the numbers that older backends and Vertex AI read, and for schema 2.1 also the texts of newer ones."""
    found: dict[str, Any] = {}
    for name, number, text in (("Cpu", given.cores, given.cpu), ("Memory", given.gigabytes, given.memory)):
        for kind in ("Limit", "Request") if text else ():
            found[f"{name.lower()}{kind}"] = number
            found |= {f"resource{name}{kind}": text} if modern else {}
    if given.accelerator:
        # Protocol buffers write an integer of 64 bits as text.
        count = str(given.accelerators)
        newer = {"resourceType": given.accelerator, "resourceCount": count} if modern else {}
        found["accelerator"] = {"type": given.accelerator, "count": count, **newer}
    return found


def _secret(variable: str, name: str, key: str) -> dict[str, Any]:
    # Newer backends read the parameter, older ones the name.
    return {
        "keyToEnv": [{"envVar": variable, "secretKey": key}],
        "secretName": name,
        "secretNameParameter": {"runtimeValue": {"constant": name}},
        "optional": False,
    }
