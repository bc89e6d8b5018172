"""The SQL of the lists that the commands read, for SQLite; the tests of the store compare each with SQLAlchemy's."""

from collections.abc import Iterable
from typing import Any

from penstock.registry.database.statements import Statement
from penstock.registry.lists import Condition, Order, Slice, stored_key

PROJECT = "SELECT id FROM projects WHERE id = ?"
COUNT_VERSIONS = "SELECT count(*) AS number FROM versions WHERE 1 = 1"
EVENTS = "SELECT events.* FROM events WHERE 1 = 1"
_RANKED = (
    "SELECT experiments.* FROM experiments JOIN experiment_values AS v ON v.experiment_id = experiments.id "
    "WHERE v.model_id = ? AND v.kind = ? AND v.name = ? AND v.number IS NOT NULL"
)
_VALUES = "SELECT experiment_id FROM experiment_values WHERE model_id = ? AND kind = ? AND name = ?"


def fulfilling(statement: Statement, id: str, model: int, conditions: Iterable[Condition]) -> Statement:
    """Return a statement for experiments of a model that fulfil conditions; `id` is the column of their ids."""
    for condition in conditions:
        values, parameters = _values(model, condition)
        statement = statement.where(f"{id} IN ({values})", *parameters)
    return statement


def ranked(model: int, order: Order) -> Statement:
    """Return the statement for the experiments of a model that have a value."""
    return Statement(_RANKED, (model, order.kind, stored_key(order.name)))


def beyond(statement: Statement, order: Order, number: float, id: int) -> Statement:
    """Return a statement for what follows an experiment and its value in an order."""
    sign = "<" if order.descending else ">"
    return statement.where(f"(v.number, v.experiment_id) {sign} (?, ?)", number, id)


def sorted_by_value(statement: Statement, order: Order, part: Slice) -> Statement:
    """Return a statement for one row more than a part of a list that is sorted by a value."""
    direction = "DESC" if order.descending else "ASC"
    return statement.ending(f"ORDER BY v.number {direction}, v.experiment_id {direction} LIMIT ?", part.limit + 1)


def value_of(experiment: int, order: Order) -> Statement:
    """Return the statement for the value of an experiment."""
    text = "SELECT number FROM experiment_values WHERE experiment_id = ? AND kind = ? AND name = ?"
    return Statement(f"{text} AND number IS NOT NULL", (experiment, order.kind, stored_key(order.name)))


def _values(model: int, condition: Condition) -> tuple[str, tuple[Any, ...]]:
    """Return the statement for the ids of experiments that fulfil a condition: each alternative has an index."""
    given = (model, condition.kind, stored_key(condition.name))
    number, text = condition.number, stored_key(condition.value)
    if condition.sign not in ("=", "!="):
        return f"{_VALUES} AND number {condition.sign} ?", (*given, number)
    if condition.sign == "!=":
        other = "NOT (coalesce(text = ?, 0) OR coalesce(number = ?, 0))"
        return f"{_VALUES} AND {other}", (*given, text, number)
    same = f"{_VALUES} AND text = ?"
    if number is None:
        return same, (*given, text)
    return f"{same} UNION ALL {_VALUES} AND number = ?", (*given, text, *given, number)
