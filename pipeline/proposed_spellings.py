"""What a person should know of columns, and of a label, whose values are written in several ways."""

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.proposed_roles import Choice
from pipeline.proposed_task import LabelChoice
from tables.label_profile import LabelProfile
from tables.profile import ColumnProfile, present_values
from tables.spellings import MOST, Counts, spellings


def label_spellings(label: LabelProfile, task: LabelChoice, *, sql: bool) -> Iterator[str]:
    """Yield a sentence where classes differ in spelling alone; of two classes the query makes each one.

    Args:
        label: The label.
        task: What is proposed for it.
        sql: Whether the query is in DuckDB's dialect.
    """
    if label.kind == "text" and task.task == "multiclass":
        found = spellings(label.name, label.counts)
        if found:
            yield found.sentence(sql=sql)


def column_spellings(
    rows: pa.Table, choices: Sequence[Choice], profiles: Mapping[str, ColumnProfile], *, sql: bool
) -> Iterator[str]:
    """Yield a sentence for each column of categories that differ in spelling alone, of the rows that were looked at."""
    for choice in choices:
        column = profiles[choice.column]
        if choice.role == "categorical" and column.kind == "text" and column.distinct <= MOST:
            found = spellings(choice.column, _counts(rows.column(choice.column)))
            if found:
                yield found.sentence(sql=sql)


def _counts(column: pa.ChunkedArray) -> Counts:
    array = column.combine_chunks()
    counted = pc.value_counts(present_values(array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array))
    return tuple((str(entry["values"]), int(entry["counts"])) for entry in counted.to_pylist())
