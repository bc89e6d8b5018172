"""What is submitted: a compiled file and the values of one run, checked before anything is sent."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from penstock.config.config import Target
from penstock.config.kubeflow import PLACEHOLDER_ROOT
from penstock.core.errors import ConfigError
from penstock.core.text import did_you_mean, shorten

# The parameters of a compiled pipeline that need a value, and the one that is a JSON object.
_NEEDED, _OBJECT = "span", "model"


@dataclass(frozen=True)
class Request:
    """One run of a compiled pipeline.

    Attributes:
        file: The specification, as YAML.
        parameters: The values of its parameters; the file has the others.
        name: The name of the run; the client makes one if it is None.
        root: The folder of the artifacts; that of the file if it is None.
        is_cached: Whether outputs may be reused, where the file allows it.
        seconds: How long the service may take to answer.
    """

    file: Path
    parameters: Mapping[str, str] = field(default_factory=dict)
    name: str | None = None
    root: str | None = None
    is_cached: bool = True
    seconds: int = 60


@dataclass(frozen=True)
class Submitted:
    """What the service answered.

    Attributes:
        run: The identifier of the run.
        link: Its page; None if the client knows no address.
    """

    run: str
    link: str | None


def assignments(given: Iterable[str]) -> dict[str, str]:
    """Return the values of parameters by name.

    Raises:
        ConfigError: One is not `NAME=VALUE`.
    """
    found = {}
    for each in given:
        name, separator, value = each.partition("=")
        if not separator or not name:
            raise ConfigError(
                f"--parameter {each}", "NAME=VALUE", repr(each), "write for example `--parameter source=gs://B/rows`"
            )
        found[name] = value
    return found


def check(request: Request, target: Target) -> None:
    """Check a request against its file.

    Raises:
        ConfigError: The file is no compiled pipeline for the target, or a value does not fit it.
    """
    specification = specification_of(request.file)
    compiled_for = _target_of(specification)
    if compiled_for != target:
        advice = f"compile it with --target {target}, or submit it with --target {compiled_for}"
        raise ConfigError(f"{request.file}", f"a pipeline compiled for {target}", f"one for {compiled_for}", advice)
    known = specification["root"].get("inputDefinitions", {}).get("parameters", {})
    for name, value in request.parameters.items():
        _check_value(name, value, known)
    if _NEEDED in known and not request.parameters.get(_NEEDED):
        expected = "a value for {SPAN} in the source"
        raise ConfigError(f"--parameter {_NEEDED}", expected, "none", f"give one with --parameter {_NEEDED}=VALUE")
    root = request.root or specification.get("defaultPipelineRoot", "")
    if root.rstrip("/") == PLACEHOLDER_ROOT:
        raise ConfigError("kubeflow.root", "a bucket of yours", f"the placeholder {root}", "set it, or give --root")


def specification_of(file: Path) -> dict[str, Any]:
    """Return the specification in a file, which is its first document.

    Raises:
        ConfigError: It is no compiled pipeline.
    """
    import yaml

    expected, advice = "a compiled pipeline (NAME-TARGET.yaml)", "write one with `penstock compile`"
    if file.suffix not in (".yaml", ".yml"):
        raise ConfigError(f"{file}", expected, f"the suffix {file.suffix!r}", advice)
    try:
        found = list(yaml.safe_load_all(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigError(f"{file}", expected, (error.strerror or str(error)).lower(), advice) from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise ConfigError(f"{file}", expected, "no YAML", advice) from None
    if not found or not all(isinstance(each, dict) for each in found):
        raise ConfigError(f"{file}", expected, "another document", advice)
    if "deploymentSpec" not in found[0] or "dag" not in found[0].get("root", {}):
        raise ConfigError(f"{file}", expected, "another document", advice)
    specification: dict[str, Any] = found[0]
    return specification


def _target_of(specification: dict[str, Any]) -> Target:
    """Return what a specification is compiled for: only Vertex AI gets TFX's resolvers."""
    executors = specification["deploymentSpec"].get("executors", {}).values()
    return "vertex" if any("resolver" in executor for executor in executors) else "kubeflow"


def _check_value(name: str, value: str, known: Mapping[str, Any]) -> None:
    if name not in known:
        received = f"{name!r}{did_you_mean(name, known)}"
        raise ConfigError(f"--parameter {name}", f"one of {', '.join(known)}", received, "name one of them")
    if name == _OBJECT and not _is_object(value):
        example = f"write for example --parameter '{_OBJECT}={{\"epochs\": 5}}'"
        raise ConfigError(f"--parameter {name}", "a JSON object of settings", repr(shorten(value)), example)


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
