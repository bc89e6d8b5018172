"""All parts of two runs compared, each with the artifacts that the metadata store records."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from penstock.comparison.examples import compare_examples
from penstock.comparison.files import damage_of, same_files
from penstock.comparison.result import EQUAL, TOLERANCE, Part
from penstock.comparison.schema import compare_schemas
from penstock.comparison.settings import Changes, changes, settings_of
from penstock.comparison.statistics import compare_statistics
from penstock.comparison.verdict import compare_metrics, compare_verdicts, metric_values
from penstock.comparison.vocabularies import compare_vocabularies
from penstock.core import artifact_types
from penstock.core.documents.verdict import Verdict
from penstock.core.errors import ConfigError, PenstockError
from penstock.core.text import counted
from penstock.metadata.lineage import Artifact, Run
from pipeline.comparison.selection import Selected

# Each part with the type of its artifact.
PARTS = {
    "examples": "Examples",
    "statistics": "ExampleStatistics",
    "schema": "Schema",
    "transform": "TransformGraph",
    "model": "Model",
    "metrics": artifact_types.MODEL_VERDICT,
    "verdict": artifact_types.MODEL_VERDICT,
}


@dataclass(frozen=True)
class Comparison:
    """Two runs, and how they compare.

    Attributes:
        one: The first run.
        other: The second run.
        tolerance: The largest relative difference that counts as equal.
        parts: The parts in the order of the pipeline.
        metrics: Value and difference of each metric over all rows.
        changes: The settings and the code that differ.
    """

    one: Selected
    other: Selected
    tolerance: float
    parts: tuple[Part, ...]
    metrics: dict[str, dict[str, float | None]]
    changes: Changes

    @property
    def unequal(self) -> tuple[str, ...]:
        """The names of the parts that differ, or that cannot be compared."""
        return tuple(part.name for part in self.parts if part.level not in EQUAL)


def compare(one: Selected, other: Selected, tolerance: float = TOLERANCE) -> Comparison:
    """Compare two runs; TensorFlow is imported only if the files of their transforms or models differ.

    Raises:
        ConfigError: Neither run has anything to compare.
        StoreError: A store cannot be read.
    """
    pair = _Pair(one.run, other.run, tolerance)
    parts = tuple(pair.part(name) for name in PARTS)
    if all(part.level == "absent" for part in parts):
        expected = "outputs of nodes to compare"
        raise ConfigError(f"the runs {one} and {other}", expected, "none in either", "compare runs that went further")
    changed = changes(*(settings_of(each.store, each.run) for each in (one, other)))
    return Comparison(one, other, tolerance, parts, metric_values(*pair.readable_verdicts()), changed)


class _Unusable(Exception):
    """An artifact cannot be read; the message says why."""


class _Pair:
    """The artifacts of two runs."""

    def __init__(self, one: Run, other: Run, tolerance: float) -> None:
        self._runs = (one, other)
        self._tolerance = tolerance
        self._compare: dict[str, Callable[[Path, Path], Part]] = {
            "examples": self._examples,
            "statistics": lambda one, other: compare_statistics(one, other, tolerance),
            "schema": compare_schemas,
            "transform": self._transforms,
            "model": self._models,
            "metrics": lambda one, other: compare_metrics(Verdict.read(one), Verdict.read(other), tolerance),
            "verdict": lambda one, other: compare_verdicts(Verdict.read(one), Verdict.read(other)),
        }

    def part(self, name: str) -> Part:
        """Compare one part."""
        artifacts = [run.output(PARTS[name]) for run in self._runs]
        one, other = artifacts
        if one is None or other is None:
            return self._missing(name, [artifact is not None for artifact in artifacts])
        try:
            folders = [_folder(artifact, letter) for artifact, letter in ((one, "A"), (other, "B"))]
            if folders[0] == folders[1]:
                return Part(name, "identical", "the same artifact")
            return self._compare[name](*folders)
        except _Unusable as error:
            return Part(name, "unknown", str(error))
        except (PenstockError, OSError) as error:
            words = f"{error.what}: {error.received}" if isinstance(error, PenstockError) else str(error)
            return Part(name, "unknown", words)

    def readable_verdicts(self) -> list[Verdict | None]:
        """Return the verdicts; None for one that is not there or damaged, which its part says."""
        found: list[Verdict | None] = []
        for run in self._runs:
            try:
                found.append(run.verdict())
            except PenstockError:
                found.append(None)
        return found

    def _missing(self, name: str, present: list[bool]) -> Part:
        if not any(present):
            return Part(name, "absent", "in neither run")
        letter, run = ("B", self._runs[1]) if present[0] else ("A", self._runs[0])
        reason = f"failed at {run.failed_node}" if run.failed_node else run.state
        return Part(name, "different", f"only in {'A' if present[0] else 'B'}; {letter} is {reason}")

    def _examples(self, one: Path, other: Path) -> Part:
        found = compare_examples(one, other)
        rows = self._runs[0].rows()
        if found.level != "identical" or not rows:
            return found
        words = f"{counted(sum(rows.values()), 'row')} in {counted(len(rows), 'split')}"
        return Part(found.name, found.level, f"{words}, {found.words}", counts={"both": sum(rows.values())})

    def _transforms(self, one: Path, other: Path) -> Part:
        if same_files(one, other):
            return Part("transform", "identical", "the same bytes")
        listed = compare_vocabularies(one, other)
        if listed.level == "different":
            return listed
        from pipeline.comparison import outputs

        found = outputs.compare_transforms(one, other, self._rows(), self._tolerance)
        return Part(found.name, found.level, f"{listed.words}, {found.words}", found.difference, found.details)

    def _models(self, one: Path, other: Path) -> Part:
        if same_files(one, other):
            return Part("model", "identical", "the same bytes")
        from pipeline.comparison import outputs

        return outputs.compare_models(one, other, self._rows(), self._tolerance)

    def _rows(self) -> Path:
        """Return the examples whose eval split both models are given: those of A, or else of B."""
        reason = "in neither run"
        for run, letter in zip(self._runs, "AB", strict=True):
            artifact = run.output(PARTS["examples"])
            if artifact is not None:
                try:
                    return _folder(artifact, letter)
                except _Unusable as error:
                    reason = str(error)
        raise _Unusable(f"no rows to compare with: the examples are {reason}")


def _folder(artifact: Artifact, letter: str) -> Path:
    """Return the folder of an artifact that can be read."""
    if "://" in artifact.uri:
        raise _Unusable(f"in {letter} in a bucket: {artifact.uri}")
    folder = Path(artifact.uri)
    if not folder.is_dir():
        raise _Unusable(f"in {letter} deleted: {artifact.uri}")
    if damage := damage_of(folder):
        raise _Unusable(f"in {letter} damaged: {damage}")
    return folder
