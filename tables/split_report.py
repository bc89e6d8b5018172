"""What is to be known of how a table was split: what decided, which shares were asked for, what is in two splits."""

from pipeline.data_documents import SplitReport
from tables.shares import Splits
from tables.source import Table
from tables.split import seen_value
from tables.splitting import Assignment


def split_report(splits: Splits, table: Table, assigned: Assignment) -> SplitReport:
    """Return what is to be known of the splits.

    It has `by` (features, rows, key, column or time), `column` (that decides, if one does), `shares` (asked for, by
    split; none where a column names the splits), `without_key` (rows), `combinations` (of features, where they do not
    tell rows apart), and `repeated`: rows of eval whose features and label are also in train. These are counted where
    a split can have any, and None elsewhere.
    """
    total = sum(share for _, share in splits.buckets)
    return SplitReport(
        by=assigned.by,
        column=splits.key or splits.column or splits.time,
        shares={} if splits.column else {name: share / total for name, share in splits.buckets},
        without_key=assigned.without_key,
        combinations=assigned.combinations,
        repeated=None if assigned.by == "features" else _repeated(splits, table, assigned),
    )


def _repeated(splits: Splits, table: Table, assigned: Assignment) -> int | None:
    """Return the number of rows of eval that are also in train, as the model sees them; in one pass."""
    seen = [seen_value(column) for column in table.columns if column.name in (*splits.features, splits.label)]
    if not splits.features or not seen:
        return None
    train, evaluated = (assigned.names.index(name) for name in ("train", "eval"))
    positions = f"SELECT hash({', '.join(seen)}) AS example, {assigned.sql} AS position FROM penstock_result"
    examples = (
        f"SELECT bool_or(position = {train}) AS trained, count(*) FILTER (position = {evaluated}) AS evaluated "
        f"FROM ({positions}) GROUP BY example"
    )
    found = table.select(f"(SELECT sum(evaluated) FILTER (trained) FROM ({examples}))", "LIMIT 1")
    return int(found[0][0] or 0) if found else 0
