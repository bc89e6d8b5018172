"""The report of a run: the analysis of its model, what it is compared with, and where the files are.

The worker analyses the model when the nodes have ended, because it has TensorFlow already. The process of the command
writes the report, and has imported what that needs while it waited for the worker.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from penstock.config.config import Config
from penstock.core.documents.analysis import Analysis
from penstock.core.errors import ConfigError, PenstockError
from penstock.core.files import private_file
from penstock.metadata import lineage

if TYPE_CHECKING:
    from penstock.reports.run.document import Production, RunReport
    from penstock.reports.run.facts import Recorded

_ANALYSES = "analyses"
_BASELINE = "baseline_model"
_MOST_RUNS = 1_000
# What a model and its analysis depend on; places, and what `[report]` and `[card]` say, are those of now.
_OF_THE_RUN = ("data", "features", "model", "tuning", "drift", "evaluation", "decision", "fairness")


@dataclass(frozen=True)
class Reported:
    """The report of a run: its page, or why there is none."""

    file: Path | None = None
    problem: str = ""

    @property
    def line(self) -> str:
        """The line that the command prints."""
        return f"Report: {os.path.relpath(self.file)}" if self.file else f"No report: {self.problem}"


def analyse_model(config: Config, run_id: str) -> None:
    """Analyse the model of a run whose nodes have ended, in their process; nothing here makes the run fail."""
    if config.report.write:
        with suppress(Exception):
            analyse(config, lineage.run(config.store, run_id))


def preload(config: Config) -> None:
    """Import what a report needs, while this process waits for the nodes."""
    if config.report.write:
        from penstock.registry.cards import texts  # noqa: F401
        from penstock.reports.markup import environment
        from penstock.reports.run import build, page  # noqa: F401

        environment()


def report_run(config: Config, run_id: str) -> Reported | None:
    """Write the report of a run that has ended; None if it is not asked for, or the run did not begin."""
    if not config.report.write:
        return None
    try:
        run = lineage.run(config.store, run_id)
    except PenstockError:
        return None
    try:
        return Reported(write(config, run))
    except Exception as error:
        # Whatever it is, the run has its outcome already.
        return Reported(problem=str(error) if isinstance(error, PenstockError) else f"{type(error).__name__}: {error}")


def report_file(config: Config, run: str, kind: str = "html") -> Path:
    """Return the file of the report of a run: `html`, or `json` for its document."""
    return config.reports / config.name / f"{run}.{kind}"


def analyse(config: Config, run: lineage.Run) -> Path | None:
    """Analyse the model of a run on rows of its split `eval`, unless that was done; return the file.

    None if the run has no model or no rows, or the configuration asks for no analysis. What goes wrong is the content
    of the file: a report is no reason for a run to fail.
    """
    file = analysis_file(config, run)
    if file is None or _is_done(file):
        return file
    with private_file(file) as target:
        target.write_text(_analysed(config, run).text(), encoding="utf-8")
    return file


def _is_done(file: Path) -> bool:
    """Say whether there is an analysis, and not only why there was none."""
    try:
        return not Analysis.parse(file.read_bytes(), str(file)).problem
    except (OSError, PenstockError):
        return False


def _analysed(config: Config, run: lineage.Run) -> Analysis:
    model, examples = run.output("Model"), run.output("Examples")
    assert model is not None and examples is not None  # noqa: S101, PT018  for mypy; the file has a name
    try:
        from modules.analysis.importance import Measured
        from modules.analysis.running import analysis_of

        task, metric = config.model.task, config.evaluation.metric
        greater = config.metrics[metric]
        report, loss = config.report, config.loss.text()
        measured = Measured(task, metric, greater, report.permutations, config.evaluation.confidence, loss)
        files = [str(each) for each in sorted(Path(examples.uri, "Split-eval").glob("[!.]*"))]
        saved = Path(model.uri, "Format-Serving")
        return analysis_of(saved, files, config.feature_spec, measured, config.report.rows)
    except Exception as error:
        reason = str(error) if isinstance(error, PenstockError) else f"{type(error).__name__}: {error}"
        return Analysis(problem=" ".join(reason.split())[:400])


def analysis_file(config: Config, run: lineage.Run) -> Path | None:
    """Return the file of the analysis of a run's model; None if there is nothing to analyse.

    Its name depends on the model, the rows and the settings, so that a run whose nodes are cached finds it.
    """
    model, examples = run.output("Model"), run.output("Examples")
    if model is None or examples is None or not config.report.rows or run.output("ModelEvaluation") is None:
        return None
    settings = config.report.model_dump(include={"rows", "permutations"})
    parts = [model.uri, examples.uri, config.evaluation.metric, config.evaluation.confidence, settings]
    name = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:24]
    return config.reports / config.name / _ANALYSES / f"{name}.json"


def suspect_of(config: Config, run: lineage.Run) -> str:
    """Return a sentence about columns that carry nearly all importance in the model of a run; empty if none do."""
    file = analysis_file(config, run)
    try:
        return Analysis.parse(file.read_bytes(), str(file)).suspect if file is not None else ""
    except (OSError, PenstockError):
        return ""


def document(config: Config, run: lineage.Run, experiment: Mapping[str, Any] | None = None) -> "RunReport":
    """Return the report of a run from its artifacts.

    Args:
        config: The configuration.
        run: The run.
        experiment: The fields of its experiment; by default those of the registry.
    """
    from penstock.reports.run.build import build
    from penstock.reports.run.facts import Facts, Recorded

    found = experiment_of(config, run.id) if experiment is None else experiment
    file = analysis_file(config, run)
    analysis = file if file is not None and file.is_file() else None
    return build(Facts(config, Recorded(run, found), _previous(config, run), analysis, _production(config, run)))


def experiment_of(config: Config, run: str) -> Mapping[str, Any]:
    """Return the fields of a run's experiment, from the registry or the note of a run it does not have yet; or none."""
    from penstock.registry.existing import open_existing
    from penstock.registry.recording.notes import read_all

    with suppress(PenstockError), open_existing(config) as registry:
        model = registry.model_named(config.project_name, config.model_name)
        found: dict[str, Any] = registry.experiment_named(model.id, run).model_dump(mode="json")
        return found
    return next((note.experiment for note in read_all(config) if note.run == run and note.is_complete), {})


def as_run(config: Config, run: str, experiment: Mapping[str, Any]) -> Config | None:
    """Return the configuration with columns, model and evaluation as a run had them; None if that is unknown.

    Args:
        config: The configuration.
        run: The name of the run.
        experiment: The fields of its experiment.

    Raises:
        ConfigError: Another version of Penstock recorded it, which knows other keys.
    """
    recorded = experiment.get("configuration") or {}
    if not recorded:
        return None
    try:
        return config.with_sections({name: recorded[name] for name in _OF_THE_RUN if name in recorded})
    except ValidationError as error:
        expected = "one that this version of Penstock reads"
        received = f"{'.'.join(map(str, error.errors()[0]['loc']))}: {error.errors()[0]['msg']}"
        next_step = "leave out --again to read the kept report, or use the version that made the run"
        raise ConfigError(f"the recorded configuration of {run}", expected, received, next_step) from error


def _production(config: Config, run: lineage.Run) -> "Production | None":
    """Return the version in production when the run began; None if the registry does not say."""
    from penstock.registry.existing import open_existing
    from penstock.registry.production import in_production
    from penstock.reports.run.document import Production

    with suppress(PenstockError), open_existing(config) as registry:
        model = registry.model_named(config.project_name, config.model_name)
        found = in_production(registry, model, run.id, datetime.fromtimestamp(run.started, UTC))
        return Production(**vars(found))
    return None


def shown_report(config: Config, run: str) -> str:
    """Return the file of the report of a run as the registry has it: relative to the project if it is inside."""
    file = report_file(config, run)
    return str(file.relative_to(config.root) if file.is_relative_to(config.root) else file)


def _previous(config: Config, run: lineage.Run) -> "Recorded | None":
    """Return the run of the version that this one is compared with: the Evaluator's, else the last one before."""
    from penstock.reports.run.facts import Recorded

    earlier = [
        each
        for each in lineage.runs(config.store, _MOST_RUNS)
        if each.started < run.started and each.state == "pushed" and each.id != run.id
    ]
    read = {number for node in run.nodes if node.id == "Evaluator" for number in node.inputs}
    own = {artifact.id for node in run.nodes for artifact in node.outputs}
    compared = [each for each in earlier if (model := each.output("Model")) and model.id in read - own]
    found = next(iter([*compared, *earlier]), None)
    return None if found is None else Recorded(found, experiment_of(config, found.id))


def write(config: Config, run: lineage.Run, experiment: Mapping[str, Any] | None = None) -> Path:
    """Write the report of a run, as a page and as a document, and put it into the version that it pushed.

    Raises:
        DataError: The disk is full, or the folder cannot be written.
    """
    from penstock.reports.run.page import html

    report = document(config, run, experiment)
    content = html(report)
    with private_file(report_file(config, run.id, "json")) as file:
        file.write_text(report.text(), encoding="utf-8")
    target = report_file(config, run.id)
    with private_file(target) as file:
        file.write_text(content, encoding="utf-8")
    _keep_with_version(config, run, report, content)
    return target


def _keep_with_version(config: Config, run: lineage.Run, report: "RunReport", content: str) -> None:
    """Write the report and the card into the folder of the version that the run pushed, if it is still there."""
    from penstock.registry.cards.texts import markdown
    from penstock.versions.record import CARD, REPORT

    pushed = run.pushed_model
    if pushed is None or run.pushed_version is None:
        return
    folder = Path(str(pushed.properties["pushed_destination"]))
    # The records of a project that was copied name the versions of its original.
    if not folder.is_dir() or folder.parent.resolve() != config.path(config.push.directory).resolve():
        return
    # The version of a cached push has the report of the run that pushed it.
    cached = any(node.id == "Pusher" and node.state == "cached" for node in run.nodes)
    if cached and (folder / REPORT).is_file():
        return
    for name, text in ((REPORT, content), (CARD, markdown(report.card))):
        with private_file(folder / name) as file:
            file.write_text(text, encoding="utf-8")


def kept(config: Config, run: str) -> "RunReport | None":
    """Return the report that was written of a run; None if there is none, or it is damaged."""
    from penstock.reports.run.document import RunReport

    file = report_file(config, run, "json")
    try:
        return RunReport.parse(file.read_bytes(), str(file))
    except (OSError, PenstockError):
        return None
