"""What a report is made of: the run in ML Metadata, its experiment, and those of the version it is compared with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError
from google.protobuf.text_format import ParseError

from penstock.config.config import Config
from penstock.core.errors import PenstockError
from penstock.metadata.lineage import Artifact, Run
from penstock.reports.run.document import Problem, Production

# What the reading of a damaged file, or of one of another version, can raise.
UNREADABLE = (PenstockError, OSError, ValueError, LookupError, TypeError, AttributeError, DecodeError, ParseError)
_LONGEST = 600


@dataclass(frozen=True)
class Recorded:
    """A run with what the registry, or the note of its end, has of it; the experiment is empty if it is not recorded.

    Attributes:
        run: The run.
        experiment: The fields of its experiment.
        noted: The number and the folder of its version by the registry, of a run that is not in this metadata store.
    """

    run: Run
    experiment: Mapping[str, Any] = field(default_factory=dict)
    noted: tuple[int, str] | None = None

    def detail(self, name: str) -> Any:
        """Return a field of the experiment, which a registry has among its details; None if there is none."""
        return self.experiment.get(name, (self.experiment.get("details") or {}).get(name))

    @property
    def version(self) -> int | None:
        """The version that the run pushed; None if it pushed none."""
        return self.noted[0] if self.noted else self.run.pushed_version

    @property
    def version_folder(self) -> str:
        """The folder of that version; empty if there is none, or it is not known."""
        if self.noted:
            return self.noted[1]
        pushed = self.run.pushed_model
        return str(pushed.properties.get("pushed_destination", "")) if pushed and self.version else ""

    def folder(self, artifact_type: str) -> Path | None:
        """Return the folder of an output, or None."""
        artifact: Artifact | None = self.run.output(artifact_type)
        return Path(artifact.uri) if artifact else None


@dataclass
class Facts:
    """The facts of a run.

    Attributes:
        config: The configuration.
        recorded: The run.
        previous: The run that pushed the version it is compared with; None if there is none.
        analysis: The file with the analysis of the model; None if there is none.
        production: The version in production when the run began; None if the registry does not say.
        problems: Why parts are missing.
    """

    config: Config
    recorded: Recorded
    previous: Recorded | None = None
    analysis: Path | None = None
    production: Production | None = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def run(self) -> Run:
        """The run in ML Metadata."""
        return self.recorded.run

    @property
    def configuration(self) -> Mapping[str, Any]:
        """The configuration of the run as it was recorded; empty if it was not."""
        found = self.recorded.experiment.get("configuration")
        return found if isinstance(found, Mapping) else {}

    def setting(self, section: str, name: str, default: Any = None) -> Any:
        """Return a setting of the run, of the present configuration if the run's was not recorded."""
        source = self.configuration or self.config.model_dump(mode="json", by_alias=True, include={section})
        found = source.get(section)
        value = found.get(name) if isinstance(found, Mapping) else None
        return default if value is None else value

    def attempt(self, part: str, build: Callable[[], Any], default: Any = None) -> Any:
        """Return a part of the report; if it cannot be built, note why, and return the default."""
        try:
            return build()
        except UNREADABLE as error:
            reason = str(error) if isinstance(error, PenstockError) else f"{type(error).__name__}: {error}"
            self.problems.append(Problem(part=part, reason=reason[:_LONGEST]))
            return default
