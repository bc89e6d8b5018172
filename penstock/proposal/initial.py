"""What `penstock init` does: open a source, propose, check, write."""

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
from penstock.proposal.proposal import Proposal, propose
from penstock.proposal.toml import Place
from penstock.proposal.writing import check_free, write_proposal
from penstock.tables.files.find import is_partitioned
from penstock.tables.input import Input
from penstock.tables.source import open_table

_NAME = r"[a-z0-9][a-z0-9-]{0,127}"


@dataclass(frozen=True)
class Written:
    """What was proposed, under which name, and the files that hold it."""

    proposal: Proposal
    name: str
    files: tuple[Path, ...]


def propose_files(  # noqa: PLR0913 what a person says of a table
    source: str,
    label: str,
    *,
    query: str | None = None,
    table: str | None = None,
    name: str | None = None,
    config: Path,
    check: Callable[[Config], object],
    force: bool = False,
) -> Written:
    """Propose a configuration and a schema for a table, and write both where `check` takes them.

    Raises:
        PenstockError: Something given is wrong, or the table cannot be learned from; nothing is written.
    """
    chosen = _name(source) if name is None else name
    if not re.fullmatch(_NAME, chosen):
        expected = "1 to 128 lower-case letters, digits and hyphens, not a hyphen first"
        raise ConfigError(f"--name {chosen}", expected, repr(chosen), "choose another name")
    check_free(config, force=force)
    given = input_of(source, query=query, table=table)
    if not given.is_remote and is_partitioned(given.source):
        given = replace(given, partitions=True)
    with open_table(given) as opened_table:
        formats = propose_formats(opened_table)
    given = replace(given, formats=formats.formats, missing=formats.missing)
    with open_table(given) as opened_table:
        proposal = propose(opened_table, given, label, formats)
    if holds_password(source):
        warning = "The source holds a password, and so does the file: write ${NAME} for it, and set NAME when running."
        proposal = replace(proposal, warnings=(*proposal.warnings, warning))
    queried = proposal.query is not None
    written = _written(split_table(source)[0] if queried else source, config)
    place = Place(chosen, written, None if queried else table, partitions=bool(given.partitions))
    return Written(proposal, chosen, write_proposal(proposal, config, place, check))


def input_of(source: str, *, query: str | None = None, table: str | None = None) -> Input:
    """Return the input that arguments name; a query that they lack is a whole table.

    Raises:
        ConfigError: The arguments do not go together.
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
    return data.input(lambda path: Path(path).absolute(), fill_variables(source, environment_with()))


def _written(source: str, config: Path) -> str:
    """Return the source as the configuration names it, whose relative paths start at its own folder."""
    folder = config.absolute().parent
    prefix = "sqlite:///" if source.startswith("sqlite:///") else ""
    path = source.removeprefix(prefix)
    if (is_remote(source) and not prefix) or Path(path).is_absolute() or folder == Path.cwd():
        return source
    return prefix + os.path.relpath(Path(path).absolute(), folder)


def _name(source: str) -> str:
    """Return a name made of the source's: of the last part of its path that has letters and no pattern."""
    place, table = split_table(source)
    if is_remote(source):
        # Never of the address, in which there may be a password.
        parts = [table or place.partition("?")[0].partition("://")[2].partition("/")[2].rpartition("/")[2]]
    else:
        parts = [part for part in reversed(re.split(r"[/\\]", place)) if not has_magic(part)]
    for part in parts:
        stem = re.sub(r"(\.(csv|tsv|parquet|sqlite3?|db|gz|zst))+$", "", part, flags=re.IGNORECASE)
        slug = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:128].strip("-")
        if re.fullmatch(_NAME, slug):
            return slug
    return "pipeline"
