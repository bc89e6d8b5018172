"""Experiments: each run once, sorted and filtered by any metric or setting."""

import operator
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from penstock.registry.database import tables
from penstock.registry.database.sql import SqlTransaction
from penstock.registry.documents import (
    EventKind,
    Experiment,
    ExperimentBody,
    Page,
    is_number,
    overall,
    page_of,
    settings,
)
from penstock.registry.errors import Invalid
from penstock.registry.lists import Condition as Condition
from penstock.registry.lists import Order as Order
from penstock.registry.lists import stored_key
from penstock.registry.store.digests import experiment_digest
from penstock.registry.store.lookups import experiment_by_id, model_by_id
from penstock.registry.store.projects import project_by_id
from penstock.registry.store.rows import Slice, SqlWriter, one, page

_ROW = tables.Experiment
_EXPERIMENTS = sa.select(_ROW.__table__)
_COLUMNS = ("model_id", "run", "state", "metric", "configuration", "evaluations", "artifacts", "description")
_DETAILS = ("metadata", "packages", "nodes", "place", "started", "seconds", "failure")

_COMPARED = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def record_experiment(writer: SqlWriter, body: ExperimentBody) -> Experiment:
    """Record a run, or return the experiment that records it already.

    Raises:
        NotFound: There is no such model.
    """
    model = model_by_id(writer.connection, body.model_id)
    query = _EXPERIMENTS.where(_ROW.model_id == body.model_id, _ROW.run == body.run)
    if (found := writer.connection.execute(query).mappings().one_or_none()) is not None:
        return Experiment.model_validate(found)
    commit = f"{body.commit[:7]}{'-dirty' if body.dirty else ''}"
    number = _next_number(writer.connection, model.project_id, commit)
    values = body.model_dump(mode="json", include=set(_COLUMNS))
    row = {
        **values,
        "name": f"{model.project}_{commit}_{number}",
        "commit": commit,
        "number": number,
        "data": body.data.model_dump(mode="json"),
        "details": body.model_dump(mode="json", include=set(_DETAILS)),
        "created": writer.connection.now(),
    }
    id = writer.insert(_ROW, **row)
    _write_values(writer.connection, id, body.model_id, body.configuration, body.evaluations)
    stored = experiment_by_id(writer.connection, id)
    subject = {"model": body.model_id, "experiment": id}
    about = {"name": stored.name, "run": body.run, "state": body.state, "row": experiment_digest(stored)}
    writer.record("experiment recorded", subject, **about)
    return stored


def merge_evaluations(writer: SqlWriter, id: int, evaluations: Mapping[str, Any]) -> Experiment:
    """Add evaluations to an experiment: by set of rows, metrics that it has already are replaced.

    Raises:
        NotFound: There is no such experiment.
    """
    before = experiment_by_id(writer.connection, id)
    merged = dict(before.evaluations)
    for rows, values in evaluations.items():
        both = isinstance(values, Mapping) and isinstance(merged.get(rows), Mapping)
        merged[rows] = {**merged[rows], **values} if both else values
    _update(writer, before, "evaluations added", evaluations=merged)
    _write_values(writer.connection, id, before.model_id, {}, merged)
    return experiment_by_id(writer.connection, id)


def merge_artifacts(writer: SqlWriter, id: int, artifacts: Mapping[str, Any]) -> Experiment:
    """Add paths of artifacts to an experiment; a path that it has already is replaced.

    Raises:
        NotFound: There is no such experiment.
    """
    before = experiment_by_id(writer.connection, id)
    _update(writer, before, "artifacts added", artifacts={**before.artifacts, **artifacts})
    return experiment_by_id(writer.connection, id)


def experiments(
    connection: SqlTransaction,
    part: Slice,
    *,
    model_id: int | None = None,
    project_id: int | None = None,
    conditions: Iterable[Condition] = (),
) -> Page[Experiment]:
    """Return a part of the list of experiments as they were recorded, or newest first.

    Raises:
        NotFound: There is no such model or project.
    """
    query = _EXPERIMENTS if part.archived else _EXPERIMENTS.where(_ROW.archived.is_(None))
    models = None
    if model_id is not None:
        models = [model_by_id(connection, model_id).id]
        query = query.where(_ROW.model_id == model_id)
    if project_id is not None:
        project = project_by_id(connection, project_id)
        own = connection.execute(sa.select(tables.Model.id).where(tables.Model.project_id == project.id)).scalars()
        models = [id for id in own if models is None or id in models]
        query = query.where(_ROW.model_id.in_(models))
    for number, condition in enumerate(conditions):
        models = _all_models(connection) if models is None else models
        query = query.where(_ROW.id.in_(_fulfilling(condition, models, number)))
    return page(connection, query, _ROW.id, part, Experiment.model_validate)


def ranked(
    connection: SqlTransaction, model_id: int, order: Order, part: Slice, conditions: Iterable[Condition] = ()
) -> Page[Experiment]:
    """Return the experiments of a model by a metric or a setting; those that do not have it are left out.

    Raises:
        Invalid: `after` is no id, or the newest are to be first.
        NotFound: It is none of an experiment in this list, or there is no such model.
    """
    model_by_id(connection, model_id)
    if part.newest:
        raise Invalid("newest", "one order of the list", f"{order} too", "leave one of them out")
    value = tables.Value
    query = _EXPERIMENTS.join(value, (value.experiment_id == _ROW.id)).where(
        value.model_id == model_id,
        value.kind == order.kind,
        value.name == stored_key(order.name),
        value.number.is_not(None),
    )
    if not part.archived:
        query = query.where(_ROW.archived.is_(None))
    for number, condition in enumerate(conditions):
        query = query.where(value.experiment_id.in_(_fulfilling(condition, [model_id], number)))
    if part.after is not None:
        query = query.where(_beyond(connection, order, part.after_id))
    keys = (
        [value.number.desc(), value.experiment_id.desc()] if order.descending else [value.number, value.experiment_id]
    )
    rows = connection.execute(query.order_by(*keys).limit(part.limit + 1)).mappings()
    return page_of([Experiment.model_validate(row) for row in rows], part.limit)


def _next_number(connection: SqlTransaction, project_id: int, commit: str) -> int:
    models = sa.select(tables.Model.id).where(tables.Model.project_id == project_id)
    query = sa.select(sa.func.max(_ROW.number)).where(_ROW.model_id.in_(models), _ROW.commit == commit)
    return int(connection.execute(query).scalar() or 0) + 1


def _write_values(
    connection: SqlTransaction,
    id: int,
    model_id: int,
    configuration: Mapping[str, Any],
    evaluations: Mapping[str, Any],
) -> None:
    """Write what experiments are sorted and filtered by; what is there already is replaced."""
    found = [("setting", name, value) for name, value in settings(configuration)]
    found += [("metric", name, value) for name, value in overall(evaluations).items()]
    if not found:
        return
    table = tables.Value
    kinds = {kind for kind, _, _ in found}
    connection.execute(sa.delete(table).where(table.experiment_id == id, table.kind.in_(kinds)))
    rows = [
        {"experiment_id": id, "kind": kind, "name": stored_key(name), "model_id": model_id, **_cells(value)}
        for kind, name, value in found
    ]
    connection.execute(sa.insert(table), list({(row["kind"], row["name"]): row for row in rows}.values()))


def _cells(value: Any) -> dict[str, Any]:
    """Return the columns of a value; truth values are 0 and 1."""
    number = float(value) if isinstance(value, bool) or is_number(value) else None
    text = value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return {"number": number, "text": stored_key(text)}


def _all_models(connection: SqlTransaction) -> list[int]:
    """Return the ids of all models, for the index of the values, which begins with them."""
    return list(connection.execute(sa.select(tables.Model.id)).scalars())


def _fulfilling(condition: Condition, models: list[int], number: int) -> Any:
    """Return the ids of the experiments of models that fulfil a condition, from the index alone.

    PostgreSQL computes them first: else it would walk through the list in its order, which takes long if few fulfil it.
    """
    value = aliased(tables.Value)
    of_this_name = sa.select(value.experiment_id).where(
        value.model_id.in_(models), value.kind == condition.kind, value.name == stored_key(condition.name)
    )
    # Each alternative has an index of its own, which SQLite does not use for an OR.
    found = sa.union_all(*(of_this_name.where(each) for each in _alternatives(value, condition)))
    first = found.cte(f"fulfilling_{number}").prefix_with("MATERIALIZED", dialect="postgresql")
    return sa.select(first.c.experiment_id)


def _alternatives(value: Any, condition: Condition) -> list[Any]:
    """Return the comparisons of a value, one of which holds: of numbers if both are, and of texts for = and !=."""
    number = condition.number
    if condition.sign in _COMPARED and number is not None:
        return [_COMPARED[condition.sign](value.number, number)]
    same = [value.text == stored_key(condition.value)]
    if number is not None:
        same.append(value.number == number)
    if condition.sign == "=":
        return same
    return [sa.not_(sa.or_(*(sa.func.coalesce(each, sa.false()) for each in same)))]


def _beyond(connection: SqlTransaction, order: Order, id: int) -> Any:
    """Return the condition of what follows an experiment in an order."""
    value = tables.Value
    query = sa.select(value.number).where(
        value.experiment_id == id,
        value.kind == order.kind,
        value.name == stored_key(order.name),
        value.number.is_not(None),
    )
    number = one(connection, query, f"experiment {id} with a {order.kind} {order.name}", "begin without `after`")[
        "number"
    ]
    columns = sa.tuple_(value.number, value.experiment_id)
    bound = sa.tuple_(sa.literal(number), sa.literal(id))
    return columns < bound if order.descending else columns > bound


def _update(writer: SqlWriter, before: Experiment, kind: EventKind, **values: dict[str, Any]) -> None:
    writer.connection.execute(sa.update(_ROW).where(_ROW.id == before.id).values(**values))
    names: dict[str, Any] = {name: sorted(value) for name, value in values.items()}
    names["row"] = experiment_digest(experiment_by_id(writer.connection, before.id))
    writer.record(kind, {"model": before.model_id, "experiment": before.id}, **names)
