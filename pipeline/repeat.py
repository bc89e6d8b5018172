"""The repeat of an unchanged run, recorded from the last one without TensorFlow.

TFX decides node by node, and its Evaluator would run again after each push, to compare the newly blessed model with
itself. If data, configuration, code and packages are those of the last run, the new run is recorded with all nodes
cached.
"""

import hashlib
from importlib.metadata import version
from pathlib import Path

from penstock.config.config import Config
from penstock.core.files import private_file
from penstock.core.fingerprint import fingerprint
from penstock.core.packages import PACKAGES
from penstock.metadata import lineage
from penstock.metadata.location import below
from penstock.tables.rows import digest_of
from pipeline.plan import RunOptions

# The definition imports everything except the modules that TFX loads by name.
MODULES = (
    "pipeline.definition",
    "modules.preprocessing",
    "modules.training",
    "modules.tuning",
    "modules.evaluation",
)


def key(config: Config) -> str:
    """Return a digest of everything that the result of a run depends on: data, configuration, code and packages."""
    # Without the password: its digest must not be stored either, and a new password changes no result.
    data = config.data.model_copy(update={"source": config.input.shown}) if config.input.is_remote else config.data
    parts = [
        # Where runs are recorded, and what is reported and shown of them, changes no result either.
        config.model_copy(update={"data": data}).model_dump_json(exclude={"registry", "report", "card", "dashboard"}),
        *(fingerprint(module) for module in MODULES),
        digest_of(config.input),
        config.baseline.digest if config.baseline else "",
        *(version(package) for package in PACKAGES),
    ]
    if config.schema_.file:
        parts.append(config.path(config.schema_.file).read_text(encoding="utf-8"))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def repeatable(config: Config, options: RunOptions, identity: str) -> lineage.Run | None:
    """Return the last run if it has the same key and its outputs are in the configured folders, or None."""
    if not options.cache or not options.is_whole:
        return None
    last = next(iter(lineage.runs(config.store, 1)), None)
    if last is None or last.state not in ("pushed", "refused") or not _is_in_our_folders(config, last):
        return None
    from penstock.metadata.recording import recorded_key

    return last if recorded_key(config.store, last.id) == identity else None


def repeat(config: Config, options: RunOptions, last: lineage.Run) -> None:
    """Record a copy of the last run."""
    from penstock.metadata.recording import record_cached

    record_cached(config.store, last, options.run_id)


def note_start(config: Config, options: RunOptions, identity: str) -> None:
    """Write the key of a complete run to a file, for a resumed run; the store does not know the run yet.

    Raises:
        DataError: The disk is full, or the file cannot be written.
    """
    if options.is_whole:
        with private_file(_key_file(config, options.run_id)) as file:
            file.write_text(identity, encoding="utf-8")


def started_key(config: Config, run_id: str) -> str | None:
    """Return the key that a run had at its start; None if it was not a complete one, or the file was removed."""
    file = _key_file(config, run_id)
    return file.read_text(encoding="utf-8") if file.is_file() else None


def can_repeat(config: Config, options: RunOptions) -> bool:
    """Return whether there may be a run to repeat, without reading the data."""
    return options.cache and options.is_whole and options.resume is None and bool(lineage.run_ids(config.store))


def _key_file(config: Config, run_id: str) -> Path:
    return config.path(config.state.directory) / "keys" / run_id


def record_key(config: Config, run_id: str, identity: str) -> None:
    """Record the key of a run, which the next run compares with its own."""
    from penstock.metadata import recording

    recording.record_key(config.store, run_id, identity)


def _is_in_our_folders(config: Config, run: lineage.Run) -> bool:
    """Return whether all outputs of a run are usable and in the folders of this configuration.

    Other configurations may share the metadata store and have other folders.
    """
    outputs = [artifact for node in run.nodes for artifact in node.outputs]
    if not all(artifact.live and below(Path(artifact.uri), config.artifacts) for artifact in outputs):
        return False
    pushed = run.pushed_model
    if run.state != "pushed" or pushed is None:
        return True
    destination = below(Path(pushed.properties["pushed_destination"]), config.path(config.push.directory))
    return destination is not None and len(destination.parts) == 1
