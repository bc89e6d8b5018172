"""What the commands of the registry share: the model that they are about, and its options."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from pydantic import BaseModel

    from penstock.config.config import Config
    from penstock.registry.documents import Experiment, Model, Version
    from penstock.registry.opening import Registry

ModelOption = Annotated[
    str | None,
    typer.Option("--model", metavar="[PROJECT/]NAME", help="A model of the registry; default: the configured one."),
]
WhyOption = Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, for the events.")]
LimitOption = Annotated[int, typer.Option(min=1, metavar="N", help="List the newest N.")]
ArchivedOption = Annotated[bool, typer.Option("--archived", help="List archived ones too.")]

VERSION_HELP = "A number, an alias, or a version name."
VersionArgument = Annotated[str, typer.Argument(metavar="VERSION", help=VERSION_HELP)]

# The version of the JSON documents that the commands print.
DOCUMENT = {"document_version": 1}

# The arguments that give a field another name.
_ARGUMENTS = {"description": "--describe"}

Valid = TypeVar("Valid", bound="BaseModel")


@dataclass(frozen=True)
class Opened:
    """An open registry and one of its models."""

    registry: "Registry"
    model: "Model"
    config: "Config"

    @property
    def names(self) -> dict[str, Any]:
        """The names of the model, for JSON."""
        return {**DOCUMENT, "project": self.model.project, "model": self.model.name}

    @property
    def title(self) -> str:
        """The names of the model, for a line of text."""
        return f"{self.model.project}/{self.model.name}"

    def find(self, text: str) -> tuple["Version", "Experiment"]:
        """Return a version by its number, an alias or its name, with the experiment that pushed it.

        Raises:
            NotFound: There is none.
        """
        from penstock.registry.naming import find_version

        version = find_version(self.registry, self.model, text)
        return version, self.registry.experiment(version.experiment_id)


@contextmanager
def opened_registry(config: Path, settings: list[str] | None) -> Iterator[tuple["Config", "Registry"]]:
    """Open the registry of a configuration.

    Raises:
        NothingYet: There is none.
    """
    from penstock.config.loading import load
    from penstock.registry.existing import open_existing

    loaded = load(config, settings or ())
    with open_existing(loaded) as registry:
        yield loaded, registry


@contextmanager
def opened(config: Path, settings: list[str] | None, name: str | None) -> Iterator[Opened]:
    """Open the registry of a configuration, and find a model in it.

    Args:
        config: The configuration file.
        settings: Overrides of its keys.
        name: The model; None for the configured one.

    Raises:
        NothingYet: There is no registry, or the configured model is not in it.
        NotFound: The named model is not in it.
    """
    from penstock.registry.naming import find_model

    with opened_registry(config, settings) as (loaded, registry):
        model = _configured(loaded, registry) if name is None else find_model(registry, name)
        yield Opened(registry, model, loaded)


def validated(kind: type[Valid], **values: Any) -> Valid:
    """Return a document of the registry from arguments.

    Raises:
        Invalid: A value is not valid.
    """
    from pydantic import ValidationError

    from penstock.registry.errors import Invalid, quoted

    try:
        return kind(**values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise Invalid(_place(first["loc"]), _expected_text(first), quoted(str(first["input"])), "correct it") from None


def _place(location: tuple[int | str, ...]) -> str:
    """Return the argument that a field of a document comes from."""
    from penstock.registry.errors import quoted

    if location[0] == "tags":
        return f"the tag {quoted(str(location[1]))}" if len(location) > 1 else "the tags"
    return _ARGUMENTS.get(str(location[0]), f"--{location[0]}")


def _expected_text(error: Mapping[str, Any]) -> str:
    """Return what an argument has to be, for an error of pydantic."""
    from penstock.registry.documents import NAME

    if error["type"] == "string_pattern_mismatch" and error["ctx"]["pattern"] == NAME:
        return "a letter or digit, then up to 127 letters, digits, dots, underscores and hyphens"
    if error["type"] == "string_too_long":
        return f"a text of up to {error['ctx']['max_length']} characters"
    if error["type"] == "too_long":
        return f"up to {error['ctx']['max_length']} tags"
    if error["type"] in ("string_pattern_mismatch", "string_unicode", "value_error"):
        return "a text that a database can store, without NUL and halves of surrogate pairs"
    return "a valid value"


def _configured(config: "Config", registry: "Registry") -> "Model":
    from penstock.registry.errors import NotFound
    from penstock.registry.existing import NothingYet

    try:
        return registry.model_named(config.project_name, config.model_name)
    except NotFound:
        name = f"{config.project_name}/{config.model_name}"
        next_step = "`penstock run` records it, --model names another one"
        raise NothingYet(f"the model {name!r}", "one of the registry", "none yet", next_step) from None
