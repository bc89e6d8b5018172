"""The transforms of two runs without TensorFlow: the vocabularies, and the types of the transformed columns."""

from pathlib import Path

from penstock.comparison.result import Part
from penstock.comparison.schema import compare_schemas
from penstock.core.text import counted
from penstock.core.vocabulary import UNIT

VOCABULARIES = Path("transform_fn") / "assets"
TYPES = Path("transformed_metadata")
_MOST, _WIDEST = 5, 24


def compare_vocabularies(one: Path, other: Path) -> Part:
    """Compare the vocabularies and the types of the transformed columns in two folders of Transform.

    The order of the entries counts: an entry is known to the model by its number.

    Raises:
        ConfigError: The types of the columns are damaged.
        OSError: A vocabulary cannot be read.
    """
    types = compare_schemas(one / TYPES, other / TYPES, name="transform")
    lists = [_entries(folder / VOCABULARIES) for folder in (one, other)]
    names = sorted(lists[0].keys() | lists[1].keys())
    unequal = [name for name in names if lists[0].get(name) != lists[1].get(name)]
    lines = [_line(name, lists[0].get(name), lists[1].get(name)) for name in unequal]
    counts = {"vocabularies": len(unequal)}
    if types.level == "different":
        lines = [*lines, *types.details]
    if not lines:
        return Part("transform", "equal", counted(len(names), "vocabulary", "vocabularies"), counts=counts)
    parts = [f"{len(unequal):,} of {len(names):,} vocabularies"] if unequal else []
    parts += [f"the types of {types.words}"] if types.level == "different" else []
    return Part("transform", "different", "; ".join(parts), None, tuple(lines[:_MOST]), counts)


def _entries(folder: Path) -> dict[str, list[bytes]]:
    # A value may contain any other line break.
    return {file.name: file.read_bytes().split(b"\n") for file in folder.glob("[!.]*") if file.is_file()}


def _line(name: str, one: list[bytes] | None, other: list[bytes] | None) -> str:
    if one is None or other is None:
        return f"{name}: only in {'A' if other is None else 'B'}"
    only = [[entry for entry in mine if entry not in theirs] for mine, theirs in ((one, set(other)), (other, set(one)))]
    if any(only):
        sides = [
            f"{len(entries):,} only in {letter}{_first(entries)}" for entries, letter in zip(only, "AB", strict=True)
        ]
        return f"{name}: {', '.join(sides)}"
    return f"{name}: the same entries in another order, or another number of times"


def _first(entries: list[bytes]) -> str:
    """Return the value of the first entry, without the number of its column."""
    if not entries:
        return ""
    value = repr(entries[0].decode(errors="replace").rpartition(UNIT)[2])
    return f" ({value if len(value) <= _WIDEST else value[: _WIDEST - 1] + '…'})"
