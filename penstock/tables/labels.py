"""Check that the label fits the task: a value in every row, two classes for `binary`, numbers for `regression`.

The positive one of two classes is inferred from the values if their meaning is known: yes of yes and no, 1 of 0 and 1,
>50K of <=50K. Values are compared after trimming, case folding and Unicode normalization; the table is in
docs/tasks/train.md.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from penstock.core.errors import DataError
from penstock.core.features import Feature, FeatureSpec
from penstock.core.losses import Loss
from penstock.core.text import did_you_mean, shorten
from penstock.tables.notes import marks_in
from penstock.tables.roles import check_role
from penstock.tables.spellings import MAX_DISTINCT, spellings
from penstock.tables.sql import literal, quoted
from penstock.tables.table import Column, Table
from penstock.tables.values.conversion import TEXT

# The greatest 32-bit float, the type of numbers in examples.
_GREATEST = "3.4028234e38"
# The number of values whose meaning is compared.
_VALUES = 50
# Negative and positive; words of several of these pairs may be in one column.
_TRUTH = (("false", "true"), ("f", "t"), ("no", "yes"), ("n", "y"), ("0", "1"), ("off", "on"))
_PAIRS = (("negative", "positive"), ("neg", "pos"), ("-", "+"), ("absent", "present"), ("low", "high"))
_OPPOSITES = {("<=", ">"), ("<", ">=")}


def check_label(table: Table, spec: FeatureSpec, present: int, rows: int) -> None:
    """Raise a DataError if no model can learn the label; `present` of its `rows` values are not missing."""
    if present < rows:
        received, remedy = f"none in {rows} rows", "name another column as data.label"
        what = f"the label {spec.label!r} of {table.name}"
        if present:
            received = f"{rows - present} missing of {rows}"
            name = quoted(spec.label)
            # Of a delimited file a missing number is null.
            may_be_nan = table.files.kind == "Parquet" and table.column(spec.label).type in ("FLOAT", "DOUBLE")
            known = f"NOT isnan({name})" if may_be_nan and not table.is_remote else f"{name} IS NOT NULL"
            remedy = f"add WHERE {known} to data.query"
            mark = next(iter(marks_in(table, [spec.label])), None)
            if mark:
                what = f"{table.where(mark.column, mark.text)}: the label {spec.label!r}"
                received += f", because {mark.text!r} marks a missing value"
        raise DataError(what, "a value in every row", received, remedy)
    _TASKS[spec.task](table, table.column(spec.label))
    if spec.order:
        _check_order(table, spec)


def check_loss(table: Table, spec: FeatureSpec, loss: Loss) -> None:
    """Raise a DataError if a label is out of the range of a loss: counts and amounts are at least zero."""
    if not loss.is_log_linked:
        return
    name, least = quoted(spec.label), ">= 0" if loss.allows_zero else "> 0"
    [(wrong, greatest)] = table.select(f"count(*) FILTER (WHERE NOT ({name} {least})), max({name})")
    expected = f"numbers {'from zero on' if loss.allows_zero else 'above zero'} for the loss {loss.name}"
    if wrong:
        [(value,)] = table.select(name, f"WHERE NOT ({name} {least}) ORDER BY {name} LIMIT 1")
        received = f"{wrong:,} others, the least {value!r}"
        remedy = f"add WHERE {name} {least} to data.query, or set another model.loss"
        raise DataError(f"{table.where(spec.label, value)}: the label {spec.label!r}", expected, received, remedy)
    if not greatest > 0:
        what = f"the label {spec.label!r}"
        raise DataError(what, f"{expected}, some above", "zero in every row", "look at the source")


def _check_order(table: Table, spec: FeatureSpec) -> None:
    """Raise a DataError if a label is not among the ordered classes."""
    text = f"CAST({quoted(spec.label)} AS VARCHAR)"
    known = ", ".join(map(literal, spec.order))
    others = table.select(f"{text}, count(*)", f"WHERE {text} NOT IN ({known}) GROUP BY ALL ORDER BY 2 DESC, 1")
    if others:
        value, rows = others[0][0], sum(count for _, count in others)
        place = table.where(spec.label, value)
        received = f"{shorten(repr(value))}{did_you_mean(value, spec.order)}, one of {rows:,} rows with others"
        remedy = "add it to data.label_order in its place, or leave such rows out in data.query"
        finding = table.finding(spec.label)
        if finding and finding.column.format != TEXT:
            # Classes such as 01, and yes and no, are read as numbers or booleans if all values are.
            remedy = f'set [data.formats] {quoted(spec.label)} = "text" if that is a class of the file, {remedy}'
        raise DataError(f"{place}: the label {spec.label!r}", f"one of {', '.join(spec.order)}", received, remedy)


def order_warnings(table: Table, spec: FeatureSpec) -> tuple[str, ...]:
    """Return a warning if a class of the order is in no row, so that it may be misspelled."""
    if not spec.order:
        return ()
    text = f"CAST({quoted(spec.label)} AS VARCHAR)"
    found = {value for (value,) in table.select(f"DISTINCT {text}")}
    absent = [value for value in spec.order if value not in found]
    return (f"No row has the class {absent[0]!r} of data.label_order.",) if absent else ()


def label_warnings(table: Table, spec: FeatureSpec) -> tuple[str, ...]:
    """Return a warning if classes differ in spelling only, so that one class counts as several."""
    label = table.column(spec.label)
    if spec.order:
        return order_warnings(table, spec)
    if spec.task != "multiclass" or label.kind != "text":
        return ()
    name = quoted(label.name)
    counts = table.select(f"CAST({name} AS VARCHAR), count(*)", f"GROUP BY {name} LIMIT {MAX_DISTINCT + 1}")
    found = spellings(label.name, [(str(value), int(rows)) for value, rows in counts])
    return (f"The label {found.sentence(sql=not table.is_remote)}",) if found else ()


def _check_binary(table: Table, label: Column) -> None:
    values = _classes(table, label)
    if len(values) == 2 and (label.kind == "boolean" or (label.kind == "integer" and values == [0, 1])):
        return
    positive = positive_values(values)
    comparison = f"{quoted(label.name)} {_equals(positive or values[-1:])} AS {quoted(label.name)}"
    example = comparison if table.is_remote else f"SELECT * REPLACE ({comparison}) FROM source"
    remedy = f"write data.query so that the label is a comparison, such as {example}"
    if len(values) > 2 and not positive:
        remedy += ', or set model.task to "multiclass" or "regression"'
    raise DataError(f"the label {label.name!r}", "two values, true and false or 0 and 1", _listed(values), remedy)


def _check_multiclass(table: Table, label: Column) -> None:
    _classes(table, label)
    [(classes, rows)] = table.select(f"count(DISTINCT {quoted(label.name)}), count(*)")
    if classes == rows:
        received = f"an identifier: {classes:,} values in {rows:,} rows"
        remedy = 'name another column as data.label, or set model.task to "regression"'
        raise DataError(f"the label {label.name!r}", "classes that come again", received, remedy)
    if label.kind not in ("boolean", "integer", "text"):
        name = quoted(label.name)
        remedy = f"write CAST({name} AS VARCHAR) AS {name} in data.query"
        raise DataError(f"the label {label.name!r}", "text, integers or booleans", label.type, remedy)


def _check_regression(table: Table, label: Column) -> None:
    check_role(table, Feature(label.name, "numeric"), what="the label")
    if label.kind == "number":
        name = quoted(label.name)
        found = table.select(name, f"WHERE abs({name}) > {_GREATEST} LIMIT 1")
        if found:
            place = table.where(label.name, found[0][0])
            remedy = f"correct the value, or add WHERE abs({name}) <= {_GREATEST} to data.query"
            raise DataError(f"{place}: the label {label.name!r}", "32-bit floats", repr(found[0][0]), remedy)


_TASKS = {"binary": _check_binary, "multiclass": _check_multiclass, "regression": _check_regression}


def _classes(table: Table, label: Column) -> list[object]:
    name = quoted(label.name)
    values = [value for (value,) in table.select(f"DISTINCT {name}", f"ORDER BY {name} LIMIT {_VALUES}")]
    if len(values) == 1:
        raise DataError(
            f"the label {label.name!r}",
            "two classes or more",
            f"only {values[0]!r} in every row",
            "look at the source or at data.query; there is nothing to learn",
        )
    return values


def _listed(values: Sequence[object]) -> str:
    shown = ", ".join(shorten(repr(value)) for value in values[:3])
    return f"{shown} and more" if len(values) > 3 else shown


def _equals(values: Sequence[object]) -> str:
    return f"= {_sql(values[0])}" if len(values) == 1 else f"IN ({', '.join(map(_sql, values))})"


def _sql(value: object) -> str:
    return literal(value) if isinstance(value, str) else str(value)


def positive_values(values: Iterable[Any]) -> tuple[Any, ...]:
    """Return the values of the positive class in their order; none if the values do not show which it is."""
    listed = list(values)
    meanings = [normalized(value) for value in listed]
    positive = _positive(frozenset(meanings))
    return tuple(value for value, known in zip(listed, meanings, strict=True) if known in positive)


def normalized(value: Any) -> str:
    """Return a value normalized for comparison: `YES ` becomes yes, `1.0` becomes 1."""
    text = unicodedata.normalize("NFKC", str(value)).strip().casefold()
    whole = re.fullmatch(r"([+-]?)0*(\d+)(\.0*)?", text)
    return f"{whole[1].strip('+') if int(whole[2]) else ''}{whole[2]}" if whole else text


def _positive(meanings: frozenset[str]) -> frozenset[str]:
    truth = {word for pair in _TRUTH for word in pair}
    if meanings <= truth and any(meanings.issuperset(pair) for pair in _TRUTH):
        return meanings & {positive for _, positive in _TRUTH}
    if len(meanings) != 2:
        return frozenset()
    first, second = sorted(meanings)
    return frozenset(
        positive for negative, positive in ((first, second), (second, first)) if _is_opposite(negative, positive)
    )


def _is_opposite(negative: str, positive: str) -> bool:
    """Say whether the first word is the known negative of the second."""
    return (negative, positive) in _PAIRS or _by_numbers(negative, positive) or _by_negation(negative, positive)


def _by_numbers(negative: str, positive: str) -> bool:
    """Say whether only the second is above zero, or the two are the ranges below and above one bound."""
    bounds = [re.fullmatch(r"([<>]=?)\s*(\S.*)", word) for word in (negative, positive)]
    if bounds[0] and bounds[1]:
        return (bounds[0][1], bounds[1][1]) in _OPPOSITES and bounds[0][2] == bounds[1][2]
    try:
        return float(negative) <= 0 < float(positive)
    except ValueError:
        return False


def _by_negation(negative: str, positive: str) -> bool:
    found = re.fullmatch(r"(?:not|no|non|without)[\s_-]+(\S.*)", negative)
    return bool(found and found[1] == positive)
