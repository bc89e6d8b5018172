"""A run in which nothing changed since the last one: read from the metadata store, without TensorFlow.

TFX decides node by node, and its Evaluator would run once more after each push, to compare the model that was just
blessed with itself. When data, configuration, code and packages are those of the last run, each of its nodes counts as
cached, and the new run is recorded so.
"""

import hashlib
from importlib.metadata import version
from pathlib import Path

from penstock.config.config import Config
from penstock.core.files import private_file
from penstock.core.fingerprint import fingerprint
from penstock.metadata import lineage
from penstock.metadata.location import below
from penstock.tables.rows import digest_of
from pipeline.plan import RunOptions

# The definition imports all but what it names to TFX.
MODULES = (
    "pipeline.definition",
    "modules.preprocessing",
    "modules.training",
    "modules.tuning",
    "modules.evaluation",
)
# What the nodes read and compute with.
PACKAGES = (
    "tfx",
    "tfx-bsl",
    "tensorflow",
    "tensorflow-data-validation",
    "tensorflow-metadata",
    "tensorflow-model-analysis",
    "tensorflow-transform",
    "apache-beam",
    "duckdb",
    "keras",
    "keras-tuner",
    "lightgbm",
    "numpy",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "scipy",
)


def key(config: Config) -> str:
    """Return a digest of all that the outcome of a run depends on: data, configuration, code and packages."""
    # As it may be shown: a digest of a password is better not kept either, and a new one changes nothing.
    data = config.data.model_copy(update={"source": config.input.shown}) if config.input.is_remote else config.data
    parts = [
        config.model_copy(update={"data": data}).model_dump_json(),
        *(fingerprint(module) for module in MODULES),
        digest_of(config.input),
        *(version(package) for package in PACKAGES),
    ]
    if config.schema_.file:
        parts.append(config.path(config.schema_.file).read_text(encoding="utf-8"))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def repeatable(config: Config, options: RunOptions, identity: str) -> lineage.Run | None:
    """Return the last run if that has the same key and its results are in our folders, or None."""
    if not options.cache or not options.is_whole:
        return None
    last = next(iter(lineage.runs(config.store, 1)), None)
    if last is None or last.state not in ("pushed", "refused") or not _is_ours(config, last):
        return None
    from penstock.metadata.recording import recorded_key

    return last if recorded_key(config.store, last.id) == identity else None


def repeat(config: Config, options: RunOptions, last: lineage.Run) -> None:
    """Record the last run over again."""
    from penstock.metadata.recording import record_cached

    record_cached(config.store, last, options.run_id)


def note_start(config: Config, options: RunOptions, identity: str) -> None:
    """Leave a whole run's key in a file, for a resumed run to compare with; the store knows no run so early.

    Raises:
        DataError: The disk is full, or does not let the file be written.
    """
    if options.is_whole:
        with private_file(_key_file(config, options.run_id)) as file:
            file.write_text(identity, encoding="utf-8")


def same_as_started(config: Config, run_id: str, identity: str) -> bool:
    """Return whether data, settings and code are those that a whole run was started with."""
    file = _key_file(config, run_id)
    return file.is_file() and file.read_text(encoding="utf-8") == identity


def can_repeat(config: Config, options: RunOptions) -> bool:
    """Return whether there is a run that this one may repeat, before anything is read to compare the two."""
    return options.cache and options.is_whole and options.resume is None and bool(lineage.run_ids(config.store))


def _key_file(config: Config, run_id: str) -> Path:
    return config.path(config.state.directory) / "keys" / run_id


def record_key(config: Config, run_id: str, identity: str) -> None:
    """Record a run's key, for the next run to compare with."""
    from penstock.metadata import recording

    recording.record_key(config.store, run_id, identity)


def _is_ours(config: Config, run: lineage.Run) -> bool:
    """Say whether all that a run gave can be used and is in the folders of this configuration.

    Others may share the metadata store, and keep their artifacts and versions elsewhere.
    """
    outputs = [artifact for node in run.nodes for artifact in node.outputs]
    if not all(artifact.live and below(Path(artifact.uri), config.artifacts) for artifact in outputs):
        return False
    pushed = run.pushed_model
    if run.state != "pushed" or pushed is None:
        return True
    destination = below(Path(pushed.properties["pushed_destination"]), config.path(config.push.directory))
    return destination is not None and len(destination.parts) == 1
