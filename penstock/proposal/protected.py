"""Columns that may be protected attributes, by name and values, and the section `[fairness]` to propose for them.

The attributes are those of the EU's Charter of Fundamental Rights, article 21, and of the US Equal Credit Opportunity
Act, 15 U.S.C. 1691, as far as tables have them. The limits are starting points: 0.8 is the four-fifths rule (29 CFR
1607.4 (D)), and 40 the age from which the US Age Discrimination in Employment Act protects (29 U.S.C. 631).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from penstock.core.groups import MOST_GROUPS
from penstock.core.text import shorten
from penstock.proposal.profile import ColumnProfile
from penstock.proposal.roles import words_of

# ruff: noqa: SIM905  Words are easier to read without a quote on each side.
_WORDS = {
    "sex": "sex gender geschlecht sexe",
    "race or ethnicity": "race ethnic ethnicity",
    "religion": "religion religious faith denomination",
    "nationality": "nationality citizenship citizen",
    "disability": "disability disabled handicap handicapped",
    "marital status": "marital married",
    "pregnancy": "pregnant pregnancy",
    "political opinion": "political",
    "sexual orientation": "sexual sexuality",
}
# Words that change what a column is about: the id of a race is no attribute of a person.
_OTHERS = frozenset("id number no nr time distance date name days count screen page".split())
_SEXES = {"f", "m", "female", "male", "woman", "man", "women", "men", "w", "x", "d", "nonbinary", "non-binary", "other"}
_PAIRS = ({"f", "m"}, {"w", "m"}, {"female", "male"}, {"woman", "man"}, {"women", "men"})
_AGE, _OLDEST, _AGE_EDGE = "age", 125, 40


@dataclass(frozen=True)
class Protected:
    """A column that may be a protected attribute.

    Attributes:
        column: The column.
        what: The attribute.
        evidence: `by its name`, or `by its values`.
        edges: The edges of the groups to propose, if its values are numbers.
        makes_groups: Whether its values make groups, or ranges between edges do.
    """

    column: str
    what: str
    evidence: str
    edges: tuple[float, ...] = ()
    makes_groups: bool = True

    @property
    def words(self) -> str:
        """A warning, one sentence."""
        return (
            f"{shorten(repr(self.column), 40)} may be a protected attribute, {self.what}, {self.evidence}: see "
            "[fairness] in the file. Without it, other columns may still stand for it."
        )


def protected_columns(data: pa.Table, profiles: Mapping[str, ColumnProfile]) -> tuple[Protected, ...]:
    """Return the columns of a sample that may be protected attributes, in the order of the table."""
    found = (_protected(column, data) for column in profiles.values() if not column.fault and column.sampled)
    return tuple(each for each in found if each is not None)


def _protected(column: ColumnProfile, data: pa.Table) -> Protected | None:
    words = words_of(column.name)
    if words & _OTHERS:
        return None
    if column.kind in ("integer", "number") and _AGE in words and _is_age(column):
        low, high = column.low or 0, column.high or 0
        edge = _AGE_EDGE if low < _AGE_EDGE < high else round((low + high) / 2)
        return Protected(column.name, _AGE, "by its name and range", (float(edge),))
    makes_groups = column.kind in ("text", "boolean", "integer") and column.distinct <= MOST_GROUPS
    for what, known in _WORDS.items():
        if words & set(known.split()):
            return Protected(column.name, what, "by its name", makes_groups=makes_groups)
    if {"native", "birth", "origin"} & words and {"country", "place"} & words:
        return Protected(column.name, "nationality", "by its name", makes_groups=makes_groups)
    values = {value.strip().lower() for value in column.values}
    if column.kind == "text" and values <= _SEXES and any(pair <= values for pair in _PAIRS):
        return Protected(column.name, "sex", "by its values", makes_groups=True)
    return None


def _is_age(column: ColumnProfile) -> bool:
    return column.low is not None and column.high is not None and column.low >= 0 and 10 < column.high <= _OLDEST


def fairness_lines(found: Sequence[Protected], task: str) -> list[str]:
    """Return the section to propose, as lines of TOML for comments; none for a regression, which has no rates.

    A person decides what is compared and how much may differ, so that the section is a comment.
    """
    grouped = [each for each in found if each.makes_groups]
    if not grouped or task == "regression":
        return []
    edges = [f"{_key(each.column)} = [{each.edges[0]:g}]" for each in grouped if each.edges]
    return [
        "[fairness]",
        f"attributes = [{', '.join(_text(each.column) for each in grouped)}]",
        *(
            ('metric = "selection_rate"', "min_ratio = 0.8  # the four-fifths rule")
            if task == "binary"
            else ('metric = "error"', "max_difference = 0.1")
        ),
        *([f"bins = {{ {', '.join(edges)} }}"] if edges else []),
    ]


def _text(name: str) -> str:
    import tomlkit

    return tomlkit.string(name).as_string()


def _key(name: str) -> str:
    import tomlkit

    return tomlkit.key(name).as_string()
