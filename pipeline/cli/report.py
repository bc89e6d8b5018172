"""`penstock report`: the report of a run or of a version, its model card, and the comparison of two."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from penstock.core.errors import ConfigError
from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, SetOption
from pipeline.cli.printing import print_errors, print_lines, print_text

if TYPE_CHECKING:
    from penstock.config.config import Config
    from penstock.metadata.lineage import Run
    from penstock.reports.run.document import RunReport

Format = Literal["html", "json", "md", "card-md", "card-json"]
_LATEST = "latest"
_RUN = "A run's name, its beginning, a version's number or alias, or `latest`."


def report(
    run: Annotated[str, typer.Argument(metavar="RUN", help=_RUN)] = _LATEST,
    other: Annotated[str | None, typer.Argument(metavar="OTHER", help="A run or version to compare it with.")] = None,
    form: Annotated[
        Format,
        typer.Option("--format", metavar="FORM", help="`html`, `json`, `md`; `card-md`, `card-json`: the model card."),
    ] = "html",
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The file to write. Default: print; `html`: the kept file.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Read the artifacts again, not the kept report.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    debug: DebugOption = False,
) -> None:
    """Write the report of a run or a version: one file that opens offline.

    A run writes its report at its end. This prints where it is, or writes it in another form. With OTHER it compares
    two.
    """
    from penstock.config.loading import load
    from penstock.core.process import discarded_stderr
    from penstock.metadata.lineage import Run

    loaded = load(config, settings or ())
    if other is not None and form.startswith("card"):
        raise ConfigError(
            f"--format {form}", "html, json or md to compare two", form, "name one run, or another format"
        )
    names = [run] if other is None else [run, other]
    runs = [_selected(loaded, name) for name in names]
    # TensorFlow writes lines there when it is loaded.
    with nullcontext(sys.stderr) if debug else discarded_stderr():
        found = [each if not isinstance(each, Run) else _report(loaded, each, again=again) for each in runs]
    text = _text(found, form)
    if output is not None:
        _write(output, text)
        print_lines(f"Wrote {output}")
    elif form == "html":
        print_lines(f"Report: {_kept(loaded, found, text)}")
    else:
        print_text(text)


def _selected(config: "Config", text: str) -> "Run | RunReport":
    """Return the run that an argument names, or its report if the registry has the run and the metadata store not.

    Raises:
        ConfigError: Neither has it.
    """
    from penstock.core.errors import PenstockError
    from penstock.registry.existing import open_existing
    from penstock.reports.run.recorded import recorded_report
    from pipeline import reporting

    try:
        return selected(config, text)
    except ConfigError:
        try:
            with open_existing(config) as registry:
                found = recorded_report(config, registry, text)
            return reporting.kept(config, found.summary.run) or found
        except PenstockError:
            pass
        raise


def selected(config: "Config", text: str) -> "Run":
    """Return the run that an argument names: by its name, or by the version that it pushed.

    Raises:
        ConfigError: There is no such run and no such version.
    """
    from penstock.core.errors import PenstockError
    from penstock.metadata import lineage

    if text.isdecimal() and len(text) < len("20260101"):
        return lineage.version(config.store, text)
    try:
        return lineage.run(config.store, text)
    except ConfigError:
        try:
            return lineage.version(config.store, str(_aliased(config, text)))
        except PenstockError:
            pass
        raise


def _aliased(config: "Config", text: str) -> int:
    """Return the number of the version that the registry knows by an alias or a name."""
    from penstock.registry.existing import open_existing
    from penstock.registry.naming import find_version

    with open_existing(config) as registry:
        model = registry.model_named(config.project_name, config.model_name)
        return find_version(registry, model, text).number


def _report(config: "Config", run: "Run", *, again: bool) -> "RunReport":
    """Return the report that was kept of a run, or make it; its model is analysed if that was not done."""
    from pipeline import reporting

    kept = None if again else reporting.kept(config, run.id)
    if kept is not None and run.state != "running":
        return kept
    experiment = reporting.experiment_of(config, run.id)
    recorded = reporting.as_run(config, run.id, experiment)
    if recorded is None:
        print_errors([f"The configuration of {run.id} was not recorded: its report takes that of now."])
    config = recorded or config
    reporting.analyse(config, run)
    if run.state == "running":
        return reporting.document(config, run, experiment)
    reporting.write(config, run, experiment)
    return reporting.kept(config, run.id) or reporting.document(config, run, experiment)


def _text(found: "list[RunReport]", form: Format) -> str:
    from penstock.registry.cards import texts
    from penstock.reports.run import comparison, page, plain

    if len(found) == 2:
        forms = {"html": comparison.html, "json": comparison.json_text, "md": comparison.markdown}
        return forms[form](found[0], found[1])
    [one] = found
    if form == "html":
        return page.html(one)
    if form == "json":
        return one.text() + "\n"
    if form == "md":
        return plain.markdown(one)
    if form == "card-md":
        return texts.markdown(one.card)
    return texts.card_json(one.card, plain.changed(one)) + "\n"


def _kept(config: "Config", found: "list[RunReport]", text: str) -> str:
    """Write the page into the folder of the reports, and return its place."""
    import os

    from penstock.core.files import private_file
    from pipeline.reporting import report_file

    target = report_file(config, "-and-".join(each.summary.run for each in found))
    with private_file(target) as file:
        file.write_text(text, encoding="utf-8")
    return os.path.relpath(target)


def _write(output: Path, text: str) -> None:
    from penstock.core.files import as_data_errors, atomic_file

    if output.is_dir():
        raise ConfigError(f"--output {output}", "a file", "a folder", "name a file in it, such as report.html")
    with as_data_errors(output.parent), atomic_file(output) as file:
        file.write_text(text, encoding="utf-8")
