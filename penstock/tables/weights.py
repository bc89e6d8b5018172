"""Check that the weights of rows are numbers above zero."""

from penstock.core.errors import DataError
from penstock.core.features import Feature
from penstock.tables.notes import marks_in
from penstock.tables.roles import check_role
from penstock.tables.sql import quoted
from penstock.tables.table import Table

# What a 32-bit float, the type of numbers in examples, holds between zero and infinity.
LEAST, GREATEST = "1.1754944e-38", "3.4028234e38"


def check_weight(table: Table, weight: str, rows: int) -> None:
    """Raise a DataError if a weight is missing, or is not a finite number above zero; it names the column and a row.

    Args:
        table: The table.
        weight: The column of the weights.
        rows: The number of rows.
    """
    check_role(table, Feature(weight, "numeric"), what="the weight")
    name, column = quoted(weight), table.column(weight)
    number = f"CAST({name} AS INTEGER)" if column.kind == "boolean" else name
    finite = f"isfinite({name}) AND " if column.type in ("FLOAT", "DOUBLE") else ""
    # NaN is not left to the comparison: DuckDB decides one by the statistics of Parquet, which ignore NaN.
    wrongly = f"FILTER (WHERE NOT coalesce({finite}{number} BETWEEN {LEAST} AND {GREATEST}, false))"
    counts = f"count(*) {wrongly}, count(*) - count({name}), any_value({name}) {wrongly}"
    [(wrong, absent, value)] = table.select(counts)
    if not wrong:
        return
    expected = "a finite number above zero in every row"
    kept = f"{'' if table.is_remote else finite}{name} > 0"
    remedy = f"correct it, or add WHERE {kept} to data.query: a row of weight zero is a row that is left out"
    if absent == wrong:
        mark = next(iter(marks_in(table, [weight])), None)
        place = f"{table.where(mark.column, mark.text)}: " if mark else ""
        because = f", because {mark.text!r} marks a missing value" if mark else ""
        raise DataError(
            f"{place}the weight {weight!r} of {table.name}",
            expected,
            f"{wrong:,} missing of {rows:,}{because}",
            remedy,
        )
    received = f"{value!r}, one of {wrong:,} rows of {rows:,} without"
    raise DataError(f"{table.where(weight, value)}: the weight {weight!r}", expected, received, remedy)
