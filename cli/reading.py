"""What became of the rows and values of a source on their way into examples: those that were left out or changed."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.data_documents import Reading

_NAMED = 3


def reading_lines(reading: "Reading | None") -> list[str]:
    """Return a line for rows that the query left out, and one for values that a mark made missing; none without any.

    Args:
        reading: What ExampleGen noted of it; None where it did not get so far.
    """
    if not reading:
        return []
    lines = []
    before, after = reading.rows, reading.result
    if after < before:
        lines.append(f"data.query left out {before - after:,} of {before:,} rows")
    elif after > before:
        lines.append(f"data.query made {after:,} rows of {before:,}")
    marked = sorted(reading.marked.items(), key=lambda item: -item[1])
    if marked:
        named = ", ".join(f"{name} {count:,}" for name, count in marked[:_NAMED])
        more = f" and {len(marked) - _NAMED} more columns" if len(marked) > _NAMED else ""
        lines.append(f"{sum(reading.marked.values()):,} values were read as missing by a mark: {named}{more}")
    return lines
