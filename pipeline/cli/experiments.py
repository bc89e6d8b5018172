"""`penstock experiments`: the recorded runs of a model, sorted, filtered and compared."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.commands import handles_errors
from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, JsonOption, SetOption
from pipeline.cli.printing import print_json, print_lines
from pipeline.cli.recorded import DOCUMENT, ArchivedOption, ModelOption, Opened, WhyOption, opened, validated

if TYPE_CHECKING:
    from penstock.registry.documents import Experiment
    from penstock.registry.lists import Condition, Order

_EXPERIMENT = "The name of an experiment or of its run, or its id."
ExperimentArgument = Annotated[str, typer.Argument(metavar="EXPERIMENT", help=_EXPERIMENT)]

app = typer.Typer(help="The recorded runs of a model: list, show, compare, archive.", no_args_is_help=True)


@app.command("list")
@handles_errors
def list_experiments(
    order: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="Sort by metric.NAME or setting.KEY; a minus puts the greatest first."),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(metavar="CONDITION", help="List those that fulfil it, such as `metric.auc>=0.9`; repeatable."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="List the first N.")] = 20,
    archived: ArchivedOption = False,
    model: ModelOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """List the experiments of a model, newest first, or sorted and filtered by any metric or setting.

    An experiment without the metric or setting of --order or of a condition is not listed.
    """
    from penstock.registry import conditions
    from penstock.registry.existing import NothingYet
    from penstock.registry.views import experiment_entry

    wanted = conditions.conditions(where or ())
    sorting = None if order is None else conditions.order(order)
    try:
        with opened(config, settings, model) as found:
            listed, more = _listed(found, sorting, wanted, limit, archived=archived)
    except NothingYet as nothing:
        if as_json:
            print_json({**DOCUMENT, "more": False, "experiments": []})
        else:
            print_lines(str(nothing))
        return
    shown = _shown(sorting, wanted)
    if as_json:
        entries = [experiment_entry(each, shown) for each in listed]
        print_json({**found.names, "more": more, "experiments": entries})
        return
    from pipeline.cli.text.experiments import deciding, list_lines

    if not listed:
        print_lines(f"No experiments of {found.title}{' fulfil this' if order or where else ' yet'}")
        return
    count = f"{len(listed)} experiment{'s' if len(listed) > 1 else ''}"
    rest = f"; more: --limit {limit * 2}" if more else ""
    print_lines(*list_lines(listed, shown), f"{count} of {found.title}{deciding(listed)}{rest}")


@app.command()
@handles_errors
def show(
    experiment: ExperimentArgument,
    model: ModelOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Show an experiment: data, nodes, metrics."""
    from penstock.registry.naming import find_experiment
    from penstock.registry.views import experiment_view

    with opened(config, settings, model) as found:
        shown = find_experiment(found.registry, found.model, experiment)
    if as_json:
        print_json({**found.names, **experiment_view(shown)})
        return
    from pipeline.cli.text.experiments import experiment_lines

    print_lines(*experiment_lines(found.model, shown))


@app.command()
@handles_errors
def compare(
    experiment_a: Annotated[str, typer.Argument(metavar="EXPERIMENT_A", help=_EXPERIMENT)],
    experiment_b: Annotated[str, typer.Argument(metavar="EXPERIMENT_B", help="The experiment to compare it with.")],
    model: ModelOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Show what differs between two experiments: configuration, data and metrics."""
    from penstock.registry.differences import differences
    from penstock.registry.naming import find_experiment
    from penstock.registry.views import experiment_entry

    with opened(config, settings, model) as found:
        pair = [find_experiment(found.registry, found.model, text) for text in (experiment_a, experiment_b)]
    differing = differences(*pair)
    if as_json:
        sides = {letter: experiment_entry(each) for letter, each in zip("ab", pair, strict=True)}
        print_json({**found.names, **sides, **differing.plain()})
        return
    from pipeline.cli.text.experiments import compared_lines

    print_lines(*compared_lines(pair, differing))


@app.command()
@handles_errors
def archive(
    experiment: ExperimentArgument,
    undo: Annotated[bool, typer.Option("--undo", help="List an archived experiment again.")] = False,
    why: WhyOption = "",
    model: ModelOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Archive an experiment: lists leave it out.

    The version that it pushed and its files stay as they are.
    """
    from penstock.registry.documents import Archival
    from penstock.registry.naming import find_experiment
    from penstock.registry.views import experiment_entry

    checked = validated(Archival, why=why, undo=undo)
    with opened(config, settings, model) as found:
        id = find_experiment(found.registry, found.model, experiment).id
        changed = found.registry.archive_experiment(id, checked.why, undo=undo)
    if as_json:
        print_json({**found.names, **experiment_entry(changed)})
    else:
        print_lines(f"Experiment {changed.name} is {'listed again' if changed.archived is None else 'archived'}")


def _listed(
    found: Opened, order: "Order | None", conditions: Sequence["Condition"], limit: int, *, archived: bool
) -> tuple[list["Experiment"], bool]:
    """Return the first experiments of a list, and whether there are more."""
    from penstock.registry.naming import first, newest

    if order is None:
        listed = newest(
            lambda part: found.registry.experiments(part, model_id=found.model.id, conditions=conditions),
            limit + 1,
            archived=archived,
        )
    else:
        listed = first(
            lambda part: found.registry.ranked(found.model.id, order, part, conditions), limit + 1, archived=archived
        )
    return listed[:limit], len(listed) > limit


def _shown(order: "Order | None", conditions: Sequence["Condition"]) -> list[str]:
    """Return what the list shows in addition: the metrics and settings of its order and conditions."""
    sorted_by = [f"{order.kind}.{order.name}"] if order else []
    return list(dict.fromkeys([*sorted_by, *(f"{each.kind}.{each.name}" for each in conditions)]))
