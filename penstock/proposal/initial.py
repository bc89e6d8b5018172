"""The steps of `penstock init`: open a source, propose, check, write."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from glob import has_magic
from pathlib import Path

from pydantic import ValidationError

from penstock.config.config import Config
from penstock.config.data import Data, WrongValue, fill_variables
from penstock.config.loading import environment_with
from penstock.core.errors import ConfigError
from penstock.core.urls import holds_password, is_remote, split_table
from penstock.proposal.formats import propose_formats
from penstock.proposal.label_options import LabelOptions
from penstock.proposal.proposal import Proposal, propose
from penstock.proposal.toml import PipelineSettings
from penstock.proposal.writing import check_free, write_proposal
from penstock.tables.files.find import is_partitioned
from penstock.tables.input import Input
from penstock.tables.source import open_table

_NAME = r"[a-z0-9][a-z0-9-]{0,127}"


@dataclass(frozen=True)
class WrittenProposal:
    """The proposal, the name of the pipeline, and the written files."""

    proposal: Proposal
    name: str
    files: tuple[Path, ...]


def propose_files(  # noqa: PLR0913 the options of the command
    source: str,
    label: str,
    *,
    query: str | None = None,
    table: str | None = None,
    name: str | None = None,
    config: Path,
    check: Callable[[Config], object],
    force: bool = False,
    weight: str | None = None,
    options: LabelOptions | None = None,
) -> WrittenProposal:
    """Propose a configuration and a schema for a table, and write both if `check` accepts them.

    Raises:
        PenstockError: An argument is wrong, or no model can be trained on the table; nothing is written.
    """
    chosen = _name(source) if name is None else name
    if not re.fullmatch(_NAME, chosen):
        expected = "1 to 128 lower-case letters, digits and hyphens, not a hyphen first"
        raise ConfigError(f"--name {chosen}", expected, repr(chosen), "choose another name")
    check_free(config, force=force)
    source_input = input_of(source, query=query, table=table)
    if not source_input.is_remote and is_partitioned(source_input.source):
        source_input = replace(source_input, partitions=True)
    with open_table(source_input) as opened_table:
        formats = propose_formats(opened_table)
    source_input = replace(source_input, formats=formats.formats, missing=formats.missing)
    with open_table(source_input) as opened_table:
        proposal = propose(opened_table, source_input, label, formats, weight=weight, options=options)
    if holds_password(source):
        warning = "The source holds a password, and so does the file: write ${NAME} for it, and set NAME when running."
        proposal = replace(proposal, warnings=(*proposal.warnings, warning))
    queried = proposal.query is not None
    written = _source_path(split_table(source)[0] if queried else source, config)
    settings = PipelineSettings(chosen, written, None if queried else table, partitions=bool(source_input.partitions))
    return WrittenProposal(proposal, chosen, write_proposal(proposal, config, settings, check))


def input_of(source: str, *, query: str | None = None, table: str | None = None) -> Input:
    """Return the input of the arguments; without a query it is the complete table.

    Raises:
        ConfigError: The arguments contradict each other.
    """
    try:
        data = Data(source=source, query=query, table=table, label="label")
    except ValidationError as error:
        first = error.errors()[0]
        wrong = first.get("ctx", {}).get("error")
        key = getattr(wrong, "key", "") or str((*first["loc"], "")[0])
        option = {"query": "--query", "table": "--table"}.get(key, "SOURCE")
        if isinstance(wrong, WrongValue):
            raise ConfigError(option, wrong.expected, wrong.received, "see docs/configuration.md") from None
        raise ConfigError(option, "some text", "none", "see docs/configuration.md") from None
    return data.input(lambda path: str(Path(path).absolute()), fill_variables(source, environment_with()))


def _source_path(source: str, config: Path) -> str:
    """Return the source for the configuration, whose relative paths start at its folder."""
    folder = config.absolute().parent
    prefix = "sqlite:///" if source.startswith("sqlite:///") else ""
    path = source.removeprefix(prefix)
    if (is_remote(source) and not prefix) or Path(path).is_absolute() or folder == Path.cwd():
        return source
    return prefix + os.path.relpath(Path(path).absolute(), folder)


def _name(source: str) -> str:
    """Return a pipeline name from the source: the last part of its path that has letters and no wildcard."""
    place, table = split_table(source)
    if is_remote(source):
        # Not from the address, which may contain a password.
        parts = [table or place.partition("?")[0].partition("://")[2].partition("/")[2].rpartition("/")[2]]
    else:
        parts = [part for part in reversed(re.split(r"[/\\]", place)) if not has_magic(part)]
    for part in parts:
        stem = re.sub(r"(\.(csv|tsv|parquet|sqlite3?|db|gz|zst))+$", "", part, flags=re.IGNORECASE)
        slug = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:128].strip("-")
        if re.fullmatch(_NAME, slug):
            return slug
    return "pipeline"
