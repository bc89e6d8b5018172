"""`penstock models`: the versions of a model and their aliases."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from penstock.core.errors import ConfigError
from pipeline.cli.commands import handles_errors
from pipeline.cli.export import export
from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, JsonOption, SetOption
from pipeline.cli.printing import print_json, print_lines
from pipeline.cli.recorded import (
    DOCUMENT,
    VERSION_HELP,
    ArchivedOption,
    LimitOption,
    ModelOption,
    Opened,
    VersionArgument,
    WhyOption,
    opened,
    opened_registry,
    validated,
)

if TYPE_CHECKING:
    from penstock.registry.documents import Alias
    from penstock.registry.opening import Registry

AliasOption = Annotated[str, typer.Option("--alias", metavar="NAME", help="The alias to move.")]

_DEFAULT = "default"

app = typer.Typer(help="The versions of a model: list, compare, promote, roll back.", no_args_is_help=True)


@app.command("list")
@handles_errors
def list_versions(
    everything: Annotated[bool, typer.Option("--all", help="List all models of the registry instead.")] = False,
    limit: LimitOption = 20,
    archived: ArchivedOption = False,
    model: ModelOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """List the versions of a model, newest first."""
    from penstock.registry.existing import NothingYet

    if everything and model:
        raise ConfigError("--all and --model", "one of them", "both", "leave one out")
    try:
        if everything:
            with opened_registry(config, settings) as (_, registry):
                _list_models(registry, archived=archived, as_json=as_json)
            return
        with opened(config, settings, model) as found:
            _list_versions(found, limit, archived=archived, as_json=as_json)
    except NothingYet as nothing:
        if as_json:
            print_json({**DOCUMENT, "total": 0, "models" if everything else "versions": []})
        else:
            print_lines(str(nothing))


@app.command()
@handles_errors
def show(
    version: Annotated[
        str | None, typer.Argument(metavar="VERSION", help=f"{VERSION_HELP} Default: the alias `default`.")
    ] = None,
    model: ModelOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Show a version: what pushed it, its metrics, and the moves of its model's aliases."""
    from penstock.registry.views import alias_moves, experiment_view, move_view, version_view
    from pipeline.cli.text.versions import SHOWN_MOVES, version_lines

    with opened(config, settings, model) as found:
        shown, experiment = found.find(_DEFAULT if version is None else version)
        moves = alias_moves(found.registry, found.model, most=None if as_json else SHOWN_MOVES + 1)
    if as_json:
        whole = {**version_view(shown, experiment), "experiment": experiment_view(experiment)}
        print_json({**found.names, **whole, "moves": [move_view(each) for each in moves]})
        return
    print_lines(*version_lines(found.model, shown, experiment, moves))


@app.command()
@handles_errors
def compare(
    version_a: Annotated[str, typer.Argument(metavar="VERSION_A", help=VERSION_HELP)],
    version_b: Annotated[str, typer.Argument(metavar="VERSION_B", help="The version to compare it with.")],
    model: ModelOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Show what differs between two versions: signature, configuration, data and metrics."""
    from penstock.registry.differences import between, differences, plain
    from penstock.registry.views import version_view

    with opened(config, settings, model) as found:
        pair = [found.find(text) for text in (version_a, version_b)]
    versions, experiments = zip(*pair, strict=True)
    signature = between(*(version.signature for version in versions))
    differing = differences(*experiments)
    if as_json:
        sides = {letter: version_view(*each) for letter, each in zip("ab", pair, strict=True)}
        same = versions[0].digest == versions[1].digest
        parts = {"signature": plain(signature), **differing.plain()}
        print_json({**found.names, **sides, "same_files": same, **parts})
        return
    from pipeline.cli.text.versions import compared_lines

    print_lines(*compared_lines(pair, signature, differing))


@app.command()
@handles_errors
def promote(
    version: VersionArgument,
    why: WhyOption,
    alias: AliasOption = _DEFAULT,
    expect: Annotated[
        str | None,
        typer.Option(metavar="VERSION", help="Refuse unless the alias is on this version; `none`: unless it is new."),
    ] = None,
    model: ModelOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Move an alias to a version.

    An alias that does not exist yet is made.
    """
    from penstock.registry.documents import AliasMove
    from penstock.registry.naming import check_alias, find_version

    check_alias(alias)
    with opened(config, settings, model) as found:
        number = find_version(found.registry, found.model, version).number
        before = _pointed(found, alias)
        wanted = _expected(found, expect)
        move = validated(AliasMove, version=number, why=why, expect=wanted)
        after = found.registry.move_alias(found.model.id, alias, move)
    _print_move(found, before, after, as_json=as_json)


@app.command()
@handles_errors
def rollback(
    alias: AliasOption = _DEFAULT,
    why: WhyOption = "",
    expect: Annotated[
        str | None, typer.Option(metavar="VERSION", help="Refuse unless the alias is on this version.")
    ] = None,
    model: ModelOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Move an alias back to the version before its last move."""
    from penstock.registry.documents import AliasMove
    from penstock.registry.naming import check_alias

    check_alias(alias)
    with opened(config, settings, model) as found:
        before = _pointed(found, alias)
        wanted = _expected(found, expect)
        checked = validated(AliasMove, version=1, why=why, expect=wanted)
        after = found.registry.rollback(found.model.id, alias, checked.why, checked.expect)
    _print_move(found, before, after, as_json=as_json)


@app.command()
@handles_errors
def tag(
    version: VersionArgument,
    tags: Annotated[list[str] | None, typer.Argument(metavar="TAG", help="A tag to set: KEY=VALUE.")] = None,
    remove: Annotated[list[str] | None, typer.Option("--remove", metavar="KEY", help="A tag to remove.")] = None,
    describe: Annotated[str | None, typer.Option(metavar="TEXT", help="The description of the version.")] = None,
    why: WhyOption = "",
    model: ModelOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Set or remove tags of a version."""
    changes = _tags(tags or (), remove or ())
    if not changes and describe is None:
        raise ConfigError("tag", "KEY=VALUE, --remove KEY or --describe TEXT", "none of them", "name a tag")
    with opened(config, settings, model) as found:
        changed = _changed(found, version, tags=changes, description=describe, why=why)
    if as_json:
        print_json({**found.names, **changed})
        return
    listed = ", ".join(f"{name}={text}" for name, text in changed["tags"].items()) or "none"
    print_lines(f"Version {changed['version']}, tags: {listed}")


@app.command()
@handles_errors
def archive(
    version: VersionArgument,
    undo: Annotated[bool, typer.Option("--undo", help="Make an archived version active again.")] = False,
    why: WhyOption = "",
    model: ModelOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Archive a version: lists leave it out, and no alias can point to it.

    Its folder is not touched.
    """
    with opened(config, settings, model) as found:
        changed = _changed(found, version, stage="active" if undo else "archived", why=why)
    if as_json:
        print_json({**found.names, **changed})
    else:
        print_lines(f"Version {changed['version']} is {changed['stage']}")


app.command()(handles_errors(export))


def _list_versions(found: Opened, limit: int, *, archived: bool, as_json: bool) -> None:
    from penstock.registry.naming import newest
    from penstock.registry.views import version_view

    listed = newest(lambda part: found.registry.versions(found.model.id, part), limit, archived=archived)
    rows = [(each, found.registry.experiment(each.experiment_id)) for each in listed]
    total = found.registry.count_versions(found.model.id, archived=archived)
    if as_json:
        print_json({**found.names, "total": total, "versions": [version_view(*row) for row in rows]})
        return
    from pipeline.cli.text.experiments import deciding
    from pipeline.cli.text.versions import list_lines

    if not rows:
        print_lines(f"No versions of {found.title} yet")
        return
    count = f"{total} version{'s' if total > 1 else ''}"
    more = f"; {total - len(rows)} older: --limit {total}" if total > len(rows) else ""
    name = f"{found.title}{deciding(experiment for _, experiment in rows)}"
    print_lines(*list_lines(rows), f"{count} of {name}{more}")


def _list_models(registry: "Registry", *, archived: bool, as_json: bool) -> None:
    from penstock.registry.naming import ALL, ALL_ARCHIVED, every
    from penstock.registry.views import model_view

    rows = [model_view(registry, each) for each in every(registry.models, ALL_ARCHIVED if archived else ALL)]
    if as_json:
        print_json({**DOCUMENT, "total": len(rows), "models": rows})
        return
    from pipeline.cli.text.versions import model_lines

    print_lines(*(model_lines(rows) if rows else ["No models yet"]))


def _changed(found: Opened, version: str, **change: Any) -> dict[str, Any]:
    """Change a version, and return its document."""
    from penstock.registry.documents import VersionChange
    from penstock.registry.naming import find_version
    from penstock.registry.views import version_view

    checked = validated(VersionChange, **change)
    id = find_version(found.registry, found.model, version).id
    after = found.registry.change_version(id, checked)
    return version_view(after, found.registry.experiment(after.experiment_id))


def _tags(given: Sequence[str], removed: Sequence[str]) -> dict[str, str | None]:
    """Return the changes of tags that the arguments ask for; a removed one is None."""
    changes: dict[str, str | None] = dict.fromkeys(removed)
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise ConfigError(f"the tag {text!r}", "KEY=VALUE", "no =", "write for example checked=yes")
        if name in changes:
            raise ConfigError(f"the tag {name!r}", "one value", "several", "name each tag once")
        changes[name] = value
    return changes


def _expected(found: Opened, expect: str | None) -> int | None:
    """Return the number of the version that an alias has to point to; 0 for none."""
    from penstock.registry.naming import find_version

    if expect is None:
        return None
    return 0 if expect == "none" else find_version(found.registry, found.model, expect).number


def _pointed(found: Opened, alias: str) -> int | None:
    """Return the number of the version that an alias points to."""
    return next((each.version for each in found.registry.aliases(found.model.id) if each.name == alias), None)


def _print_move(found: Opened, before: int | None, after: "Alias", *, as_json: bool) -> None:
    if as_json:
        print_json({**found.names, "alias": after.name, "from": before, "to": after.version})
    elif before == after.version:
        print_lines(f"{after.name} of {found.title} is on version {before} already")
    else:
        origin = f", before on version {before}" if before else ""
        print_lines(f"{after.name} of {found.title} is on version {after.version}{origin}")
