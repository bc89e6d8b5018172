"""What a target cannot do with a configuration, what it ignores, and what to check before a run."""

from dataclasses import asdict, dataclass
from typing import Literal

from penstock.config.config import Config, Target
from penstock.core.errors import PenstockError
from pipeline.runners.kubeflow import build, texts_of
from pipeline.runners.problems import problems_of
from pipeline.runners.remarks import ignored_settings, settings_to_check

Verdict = Literal["problem", "ignored", "check"]


@dataclass(frozen=True)
class Finding:
    """A key or a node, and what a target does with it.

    Attributes:
        verdict: A `problem` prevents the compilation; what is `ignored` has no effect; a person has to `check` the
            rest.
        name: The key or the node.
        reason: The reason, without a password.
    """

    verdict: Verdict
    name: str
    reason: str

    def as_dict(self) -> dict[str, str]:
        """Return the finding for `--json`."""
        return asdict(self)


def check(config: Config, target: Target) -> list[Finding]:
    """Compile for a target without writing, and return what is found, problems first."""
    config = config.compiled_for(target)
    return [
        *_findings("problem", _problems(config)),
        *_findings("ignored", ignored_settings(config)),
        *_findings("check", settings_to_check(config)),
    ]


def _findings(verdict: Verdict, reasons: dict[str, str]) -> list[Finding]:
    return [Finding(verdict, name, reason) for name, reason in reasons.items()]


def _problems(config: Config) -> dict[str, str]:
    try:
        pipeline = build(config)
        problems = problems_of(config, pipeline)
        if not problems:
            texts_of(config, pipeline)
    except PenstockError as error:
        parts = {"expected": error.expected, "received": error.received}
        return {error.what: ", ".join(f"{name} {part}" for name, part in parts.items() if part)}
    return problems
