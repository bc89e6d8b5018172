"""Finds models, versions and experiments by what people call them: a number, an alias, a name."""

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from penstock.core.text import did_you_mean, shorten
from penstock.registry.documents import LARGEST, UNSTORABLE, AliasName, Experiment, Model, Page, Version
from penstock.registry.errors import Conflict, Invalid, NotFound, quoted, unstorable
from penstock.registry.lists import MOST, Slice
from penstock.registry.opening import Registry

Item = TypeVar("Item")

ALL, ALL_ARCHIVED = Slice(MOST), Slice(MOST, archived=True)
_NUMBER = re.compile("[0-9]+")
# The most names that are read to suggest one.
_SUGGESTED = 1_000


def find_model(registry: Registry, name: str, project: str | None = None) -> Model:
    """Return a model.

    Args:
        registry: The registry.
        name: Its name, or PROJECT/NAME.
        project: Its project; None for any, if only one has a model of this name.

    Raises:
        NotFound: There is none.
        Conflict: Several projects have one of this name.
    """
    _check_storable(f"{project}/{name}" if project else name)
    if project is None and "/" in name:
        project, _, name = name.partition("/")
    if project is not None:
        try:
            return registry.model_named(project, name)
        except NotFound:
            raise _no_model(registry, f"{project}/{name}") from None
    found = registry.models(name=name).items
    if not found:
        raise _no_model(registry, name)
    if len(found) > 1:
        listed = ", ".join(f"{each.project}/{each.name}" for each in found)
        raise Conflict(f"the model {quoted(name)}", "one project that has it", listed, "write PROJECT/NAME")
    return found[0]


def find_version(registry: Registry, model: Model, text: str) -> Version:
    """Return a version of a model by its number, an alias, or the name of its experiment or run.

    Raises:
        NotFound: There is none.
        Conflict: The text names several versions.
    """
    _check_storable(text)
    if _NUMBER.fullmatch(text):
        return _numbered(registry, model, text)
    found = {version.id: version for version in (*_by_alias(registry, model, text), *_by_name(registry, model, text))}
    if len(found) > 1:
        listed = ", ".join(str(version.number) for version in found.values())
        raise Conflict(
            f"the name {quoted(text)}", f"one version of {model.name}", f"versions {listed}", "write the number of one"
        )
    if found:
        return next(iter(found.values()))
    raise _no_version(registry, model, text)


def find_experiment(registry: Registry, model: Model, text: str) -> Experiment:
    """Return an experiment of a model by its name, the name of its run, or its id.

    Raises:
        NotFound: There is none.
    """
    _check_storable(text)
    try:
        if not _NUMBER.fullmatch(text):
            return registry.experiment_named(model.id, text)
        if 0 < int(text[:20]) <= LARGEST and (found := registry.experiment(int(text))).model_id == model.id:
            return found
    except NotFound:
        pass
    names = [name for each in some(registry.experiments, model) for name in (each.name, each.run)]
    raise NotFound(
        f"the experiment {quoted(text)}",
        f"one of {model.name}, by name, run or id",
        f"none{did_you_mean(text, names)}",
        "see `penstock experiments list`",
    )


def check_alias(name: str) -> str:
    """Return the name of an alias if it is valid.

    Raises:
        Invalid: It is not.
    """
    try:
        return TypeAdapter(AliasName).validate_python(name)
    except ValidationError:
        expected = "a letter, then up to 127 letters, digits, dots, underscores and hyphens"
        raise Invalid(f"the alias {quoted(name)}", expected, "another text", "write for example staging") from None


def every(page: Callable[[Slice], Page[Item]], part: Slice = ALL) -> Iterator[Item]:
    """Yield the items of a list, page by page.

    Args:
        page: Returns a part of the list.
        part: The first part.
    """
    while True:
        found = page(part)
        yield from found.items
        if found.after is None:
            return
        part = replace(part, after=found.after)


def first(page: Callable[[Slice], Page[Item]], most: int, *, archived: bool = False) -> list[Item]:
    """Return the first items of a list, at most so many; no more than these are read."""
    return list(islice(every(page, Slice(min(most, MOST), archived=archived)), min(most, sys.maxsize)))


def newest(page: Callable[[Slice], Page[Item]], most: int | None, *, archived: bool = False) -> list[Item]:
    """Return the newest items of a list, the last one first, at most so many or all; no others are read."""
    part = Slice(min(most or MOST, MOST), archived=archived, newest=True)
    return list(islice(every(page, part), most and min(most, sys.maxsize)))


def some(page: Callable[..., Page[Item]], model: Model) -> tuple[Item, ...]:
    """Return the newest items of a list of a model, archived ones too, for suggestions."""
    return page(Slice(_SUGGESTED, archived=True, newest=True), model_id=model.id).items


def _check_storable(text: str) -> None:
    if UNSTORABLE.search(text):
        raise unstorable(f"the name {quoted(text)}")


def _numbered(registry: Registry, model: Model, text: str) -> Version:
    try:
        if 0 < int(text[:20]) <= LARGEST:
            return registry.version_numbered(model.id, int(text))
    except NotFound:
        pass
    raise _no_version(registry, model, text)


def _by_alias(registry: Registry, model: Model, text: str) -> tuple[Version, ...]:
    pointed = [alias for alias in registry.aliases(model.id) if alias.name == text]
    return tuple(registry.version(alias.version_id) for alias in pointed)


def _by_name(registry: Registry, model: Model, text: str) -> tuple[Version, ...]:
    try:
        experiment = registry.experiment_named(model.id, text)
    except NotFound:
        return ()
    found = registry.versions(model.id, ALL_ARCHIVED, experiment_id=experiment.id).items
    if not found and (number := (experiment.details.get("metadata") or {}).get("version")):
        return (_numbered(registry, model, str(number)),)  # its nodes were all cached, and an earlier run pushed it
    if not found:
        raise NotFound(
            f"the version {quoted(text)}",
            "an experiment that pushed a version",
            f"one that was {experiment.state}",
            "see `penstock models list`",
        )
    return found


def _no_version(registry: Registry, model: Model, text: str) -> NotFound:
    versions = some(lambda part, model_id: registry.versions(model_id, part), model)
    aliases = [alias.name for alias in registry.aliases(model.id)]
    if not versions:
        return NotFound(f"the version {quoted(text)}", f"one of {model.name}", "none", "push one with `penstock run`")
    if _NUMBER.fullmatch(text):
        shown = ", ".join(str(version.number) for version in versions[9::-1])
        return NotFound(f"the version {shorten(text)}", f"one of {shown}", shorten(text), "see `penstock models list`")
    names = [*aliases, *(registry.experiment(version.experiment_id).name for version in versions[:20])]
    return NotFound(
        f"the version {quoted(text)}",
        f"a number, an alias or a version name of {model.name}",
        f"none{did_you_mean(text, names)}",
        "see `penstock models list`",
    )


def _no_model(registry: Registry, text: str) -> NotFound:
    known = every(lambda part: registry.models(part), ALL_ARCHIVED)
    names = [name for each in known for name in (f"{each.project}/{each.name}", each.name)]
    return NotFound(
        f"the model {quoted(text)}",
        "one of the registry",
        f"none{did_you_mean(text, names)}",
        "see `penstock models list --all`",
    )
