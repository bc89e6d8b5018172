"""The options of `penstock serve` about copies of requests: the log of a share of them, and the challengers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.core.errors import ConfigError

if TYPE_CHECKING:
    from penstock.config.config import Config
    from penstock.server.challenger.options import Challenging
    from penstock.server.models.config import ModelConfig
    from penstock.server.sampling.options import Sampling

SampleOption = Annotated[
    float, typer.Option("--sample", min=0, max=1, metavar="SHARE", help="Share of the requests to log with values.")
]
SampleToOption = Annotated[Path | None, typer.Option("--sample-to", metavar="FOLDER", help="Folder of that log.")]
SampleWithoutOption = Annotated[
    list[str] | None, typer.Option("--sample-without", metavar="COLUMN", help="Leave a column out of it.")
]
SampleHashOption = Annotated[
    list[str] | None, typer.Option("--sample-hash", metavar="COLUMN", help="Log a keyed hash of a column.")
]
SampleKeyOption = Annotated[Path | None, typer.Option("--sample-key", metavar="FILE", help="Key of the hashes.")]
SampleSecondsOption = Annotated[
    float, typer.Option("--sample-seconds", min=1, max=604_800, metavar="N", help="Age at which a file is complete.")
]
ChallengerOption = Annotated[
    list[str] | None,
    typer.Option("--challenger", metavar="[NAME=]VERSION", help="Version that gets copies: number, alias or name."),
]
ChallengerShareOption = Annotated[
    float, typer.Option("--challenger-share", min=0, max=1, metavar="SHARE", help="Share of the requests to copy.")
]

# Of the key: shorter ones could be found by trying.
_SHORTEST_KEY = 16
_NUMBER = re.compile("[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True)
class Columns:
    """What is written of the columns of the log.

    Attributes:
        without: Those that are left out.
        hashed: Those of which a keyed hash is written.
        key: The file with the key.
    """

    without: Sequence[str] = ()
    hashed: Sequence[str] = ()
    key: Path | None = None


def sampling_of(share: float, folder: Path | None, columns: Columns, seconds: float = 3600.0) -> "Sampling | None":
    """Return which requests go into the log; None if none do.

    Raises:
        ConfigError: The folder, the key or a package is missing, or the key cannot be used.
    """
    from penstock.server.sampling.options import Sampling

    if not share:
        return None
    if find_spec("pyarrow") is None:
        next_step = "install pyarrow; an image of deploy/server.Dockerfile has it with --build-arg SAMPLING=1"
        raise ConfigError("--sample", "the package pyarrow, which writes the log", "none", next_step)
    if folder is None:
        raise ConfigError("--sample", "a folder for the log", "no --sample-to", "add --sample-to FOLDER")
    if columns.hashed and columns.key is None:
        raise ConfigError("--sample-hash", "a key of the hashes", "no --sample-key", "add --sample-key FILE")
    both = sorted(set(columns.without) & set(columns.hashed))
    if both:
        received = f"{both[0]} twice"
        raise ConfigError("--sample-without and --sample-hash", "each column once", received, "remove one of the two")
    key = _key_of(columns.key) if columns.key else b""
    return Sampling(folder, share, frozenset(columns.without), frozenset(columns.hashed), key, seconds=seconds)


def challenged(models: Sequence["ModelConfig"], given: Sequence[str], config: "Config | None") -> list["ModelConfig"]:
    """Return models with the challengers that the command line names.

    Args:
        models: The models.
        given: Each a version, with the name of its model if there are several.
        config: The configuration whose model is served; None for models by their folders, which have numbers alone.

    Raises:
        ConfigError: A version or its model is not known, or a model has two.
    """
    found: dict[str, str] = {}
    for each in given:
        name, version = _split(models, each)
        if name in found:
            raise ConfigError("--challenger", "one version of a model", f"two of {name}", "name one")
        found[name] = _version(version, config)
    return [replace(model, challenger=found.get(model.name, "")) for model in models]


def challenging_of(share: float, given: Sequence[str]) -> "Challenging | None":
    """Return which requests are copied; None if no challenger is named.

    Raises:
        ConfigError: There is a challenger, and no request to copy.
    """
    from penstock.server.challenger.options import Challenging

    if given and not share:
        raise ConfigError("--challenger-share", "a share above 0", "0", "leave --challenger out, or raise the share")
    return Challenging(share) if given else None


def _split(models: Sequence["ModelConfig"], given: str) -> tuple[str, str]:
    name, equals, version = given.rpartition("=")
    names = [model.name for model in models]
    if not equals and len(models) > 1:
        expected = "NAME=VERSION, as there are several models"
        raise ConfigError("--challenger", expected, given, f"write {names[0]}={given}")
    if equals and name not in names:
        raise ConfigError("--challenger", f"a version of {' or '.join(names)}", given, "correct the name")
    if not version:
        raise ConfigError("--challenger", "a version", given or "nothing", "write its number")
    return name or names[0], version


def _version(text: str, config: "Config | None") -> str:
    """Return a number or an alias, which moves; the name of a version becomes its number."""
    if _NUMBER.fullmatch(text):
        return text
    if config is None:
        next_step = "write its number: only the model of a configuration has aliases and names"
        raise ConfigError("--challenger", "the number of a version", text, next_step)
    from penstock.registry.labels import labels_of

    if text in labels_of(config):
        return text
    from penstock.registry.existing import open_existing
    from penstock.registry.naming import find_version

    with open_existing(config) as registry:
        model = registry.model_named(config.project_name, config.model_name)
        return str(find_version(registry, model, text).number)


def _key_of(file: Path) -> bytes:
    try:
        key = file.read_bytes().strip()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigError("--sample-key", "a file that can be read", f"{file}: {reason}", "correct the path") from error
    if len(key) < _SHORTEST_KEY:
        expected = f"a key of at least {_SHORTEST_KEY} bytes"
        make = f"write one with `openssl rand -hex 32 > {file}`"
        raise ConfigError("--sample-key", expected, f"{len(key)} bytes in {file}", make)
    return key
