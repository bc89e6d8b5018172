"""The schema that runs use: the configured file, or the one that the newest run inferred."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.config.config import Config
from penstock.core.errors import ConfigError
from penstock.metadata import lineage
from penstock.metadata.lineage import Run
from penstock.schema import file as schema_text
from penstock.schema.file import SCHEMA_FILE, describe


@dataclass(frozen=True)
class LoadedSchema:
    """A schema with its file and its origin in words."""

    schema: Any
    file: Path
    origin: str


def current_schema(config: Config) -> LoadedSchema:
    """Return the configured schema, or that of the newest run that has one.

    Raises:
        ConfigError: There is no schema, or it does not parse.
    """
    file, origin = current_file(config)
    return LoadedSchema(schema_text.read(file), file, origin)


def current_file(config: Config, runs: Iterable[Run] | None = None) -> tuple[Path, str]:
    """Return the file of the schema that runs use, and its origin in words.

    Args:
        config: The configuration.
        runs: The runs of the pipeline, newest first; by default they are read.

    Raises:
        ConfigError: There is none.
    """
    if config.schema_.file:
        return config.path(config.schema_.file), f"schema.file {config.schema_.file}"
    for run in lineage.runs(config.store) if runs is None else runs:
        artifact = run.output("Schema")
        if artifact and (file := Path(artifact.uri, SCHEMA_FILE)).is_file():
            return file, f"inferred by run {run.id}"
    raise ConfigError("the schema", "schema.file, or a run that inferred one", "neither", "write `penstock run`")


def described_columns(schema: Any) -> list[dict[str, Any]]:
    """Return the rules of a schema for each column, sorted by name, as plain data."""
    domains = {each.name: list(each.value) for each in schema.string_domain}
    return [
        {
            **{
                "column": feature.name,
                **dict(zip(("type", "presence", "domain"), describe(feature, domains), strict=True)),
            },
            "not_in_environment": list(feature.not_in_environment),
        }
        for feature in sorted(schema.feature, key=lambda feature: str(feature.name))
    ]
