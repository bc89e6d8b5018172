"""Compare a table with the configuration before anything runs, so that a mismatch fails in a second."""

from collections.abc import Sequence
from dataclasses import dataclass

from penstock.core.errors import DataError
from penstock.core.features import FeatureSpec
from penstock.core.groups import MOST_GROUPS
from penstock.core.losses import Loss
from penstock.core.text import did_you_mean
from penstock.tables.examples.write import require_rows
from penstock.tables.files.find import ending, find
from penstock.tables.files.reading import check_capitals, delimiter_of
from penstock.tables.input import Input
from penstock.tables.labels import check_label, check_loss, label_warnings
from penstock.tables.notes import notes
from penstock.tables.roles import check_role, check_times
from penstock.tables.source import open_table
from penstock.tables.splits import BUCKETS, Splits
from penstock.tables.splitting import assign
from penstock.tables.sql import quoted
from penstock.tables.table import Column, Table
from penstock.tables.weights import check_weight

# A split with fewer expected rows than this is counted, because it may be empty.
_MIN_EXPECTED_ROWS = 100


@dataclass(frozen=True)
class Checked:
    """A table that can be trained on.

    Attributes:
        rows: The number of rows, after the query.
        columns: The columns, after the query.
        warnings: Warnings for the user, one sentence each.
        notes: How ambiguous features and labels were read, one sentence each.
    """

    rows: int
    columns: tuple[Column, ...]
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def check(  # noqa: PLR0913 what a table is compared with
    source: str | Input,
    query: str | None = None,
    *,
    spec: FeatureSpec,
    slices: Sequence[str] = (),
    splits: Splits | None = None,
    loss: Loss | None = None,
    attributes: Sequence[str] = (),
) -> Checked:
    """Check a configuration against the table, and return its rows and columns.

    Args:
        source: The source.
        query: A query over it.
        spec: Label, task, weights and features.
        slices: The columns of slices.
        splits: The splits.
        loss: The loss of a regression.
        attributes: The columns whose values are the groups of fairness.

    Raises:
        DataError: The table does not match the configuration; the sentence names the first mismatch.
    """
    with open_table(source, query) as table:
        _check_names(table, spec, slices)
        present = _count(table, [*spec.names(), spec.label, *slices])
        rows = present.pop("")
        require_rows(table, {"": rows})
        check_label(table, spec, present[spec.label], rows)
        check_loss(table, spec, loss or Loss())
        if spec.weight is not None:
            check_weight(table, spec.weight, rows)
        _check_groups(table, attributes)
        for feature in spec.features:
            if not present[feature.name]:
                remedy = "leave it out of [features]"
                raise DataError(f"the column {feature.name!r}", "values", f"none in {rows} rows", remedy)
            check_role(table, feature)
            check_times(table, feature)
        if splits:
            _check_splits(table, splits, rows)
        return Checked(rows, table.columns, label_warnings(table, spec), notes(table, [*spec.names(), spec.label]))


def check_csv(source: Input, columns: Sequence[Column]) -> None:
    """Raise a DataError if TFX's CsvExampleGen, which supports numbers and text only, would read other values."""
    remedy = 'set data.reader = "table"'
    files = find(source.source)
    unsupported = [path for path in files.paths if ending(path) != ".csv"]
    if unsupported or delimiter_of(files) != ",":
        received = unsupported[0].name if unsupported else repr(delimiter_of(files))
        raise DataError(source.source, 'values between commas for data.reader = "csv"', received, remedy)
    for column in columns:
        if column.kind in ("boolean", "timestamp"):
            expected = 'numbers or text for data.reader = "csv"'
            raise DataError(f"the column {column.name!r}", expected, column.type, f"write it as numbers, or {remedy}")


def _check_names(table: Table, spec: FeatureSpec, slices: Sequence[str]) -> None:
    check_capitals(table.files, [spec.label, *spec.names(), *slices])
    names = [column.name for column in table.columns]
    weights = [spec.weight] if spec.weight is not None else []
    references = [
        ("data.label", [spec.label]),
        ("data.weight", weights),
        ("[features]", spec.names()),
        ("evaluation.slices", slices),
    ]
    for where, columns in references:
        for name in columns:
            if name not in names:
                received = f"no column {name!r}{did_you_mean(name, names)}"
                raise DataError(f"{where} {name!r}", f"a column of {table.name}", received, "correct the name")


def _count(table: Table, names: Sequence[str]) -> dict[str, int]:
    """Return the number of present values by column, and the number of rows under the empty name."""
    unique = list(dict.fromkeys(names))
    counts = [f"count({_present(table.column(name))})" for name in unique]
    return dict(zip(["", *unique], table.select(", ".join(["count(*)", *counts]))[0], strict=True))


def _present(column: Column) -> str:
    name = quoted(column.name)
    if column.type in ("FLOAT", "DOUBLE"):
        # Not nullif: DuckDB decides a comparison by the statistics of Parquet, which ignore NaN.
        return f"CASE WHEN NOT isnan({name}) THEN {name} END"
    return f"nullif({name}, '')" if column.type == "VARCHAR" else name


def _check_groups(table: Table, attributes: Sequence[str]) -> None:
    """Raise a DataError if an attribute has too many values, so that nothing is trained before it is refused."""
    singles = ("text", "bytes", "integer", "boolean", "timestamp")
    for name in (column.name for column in table.columns if column.name in attributes and column.kind in singles):
        [(values,)] = table.select(f"count(DISTINCT {_present(table.column(name))})")
        if values > MOST_GROUPS:
            expected, remedy = f"at most {MOST_GROUPS} values", "write the edges of groups in fairness.bins if it has"
            raise DataError(
                f"fairness.attributes {name}", expected, f"{values:,}", f"{remedy} numbers, or name another column"
            )


def _check_splits(table: Table, splits: Splits, rows: int) -> None:
    assigned = assign(splits, table)
    smallest = min(share for _, share in splits.buckets)
    if splits.key or splits.column or splits.time or rows * smallest < _MIN_EXPECTED_ROWS * BUCKETS:
        found = dict(table.select(f"{assigned.sql} AS position, count(*)", "GROUP BY ALL"))
        require_rows(table, {name: found.get(index, 0) for index, name in enumerate(assigned.names)})
