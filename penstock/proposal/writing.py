"""The files of a proposal: written to temporary names, checked, then renamed, both or none."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from penstock.config.config import Config
from penstock.config.loading import load
from penstock.core.errors import ConfigError
from penstock.core.files import atomic_files
from penstock.core.urls import holds_password
from penstock.proposal.label_errors import FILE, LabelErrors
from penstock.proposal.proposal import Proposal
from penstock.proposal.schema import schema_text
from penstock.proposal.toml import PipelineSettings, toml_text

SCHEMA = "schema.pbtxt"


def check_free(config: Path, *, force: bool) -> None:
    """Raise a ConfigError if a file would be overwritten, or could not be written."""
    folder = config.absolute().parent
    if not folder.is_dir():
        raise ConfigError(f"--config {config}", "a file in a folder that exists", f"no folder {folder}", "make it")
    for file in (config, folder / SCHEMA, folder / FILE):
        if file.is_dir():
            raise ConfigError(str(file), "a place for a file", "a folder", "name another file by --config")
        if file.exists() and not force:
            remedy = "overwrite it with --force, or name another folder by --config FOLDER/pipeline.toml"
            raise ConfigError(str(file), "no file yet", "one that is there", remedy)


def write_proposal(
    proposal: Proposal, config: Path, settings: PipelineSettings, check: Callable[[Config], object]
) -> tuple[Path, ...]:
    """Write configuration and schema, and the probable label errors if there are some, and return their paths.

    A list of label errors of an earlier proposal is replaced by one without rows.

    Args:
        proposal: The proposal.
        config: The configuration's file; the schema is next to it.
        settings: Further settings of the configuration.
        check: Raises an error if the table does not fit the configuration; then neither is written.

    Raises:
        PenstockError: The proposal would not run, or cannot be written; existing files are unchanged.
    """
    file = config.absolute()
    schema, listed = file.parent / SCHEMA, file.parent / FILE
    errors = proposal.checks.label_errors or LabelErrors((), 0, proposal.task.task)
    targets = {file: _mode(settings), schema: None}
    if errors.errors or listed.exists():
        targets[listed] = None
    try:
        with atomic_files(targets) as temporary:
            if listed in targets:
                temporary[listed].write_text(errors.text(), encoding="utf-8")
            temporary[schema].write_text(schema_text(proposal), encoding="utf-8")
            checked = toml_text(proposal, replace(settings, schema=temporary[schema].name))
            temporary[file].write_text(checked, encoding="utf-8")
            check(load(temporary[file]))
            temporary[file].write_text(toml_text(proposal, replace(settings, schema=SCHEMA)), encoding="utf-8")
    except OSError as error:
        received = error.strerror or str(error)
        raise ConfigError(str(config), "a folder that can be written", received, "name another by --config") from error
    return config, *(config.parent / target.name for target in list(targets)[1:])


def _mode(settings: PipelineSettings) -> int | None:
    """Return the permissions of the configuration: for its owner only if it contains a password."""
    return 0o600 if holds_password(settings.source) else None
