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

    def words(self, section: str) -> str:
        """Return a warning.

        Args:
            section: What is said of the section `[fairness]`; see `section_words`.
        """
        name = shorten(repr(self.column), 40)
        return f"{name} may be a protected attribute, {self.what}, {self.evidence}: {section}"


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


def without_section(found: Sequence[Protected], task: str, *, weighted: bool) -> str:
    """Return why no section is proposed, as a clause; empty if one is."""
    if weighted:
        return "[fairness] takes no weights, because its rates are of rows"
    if task == "regression":
        return "[fairness] compares no numbers, because a regression has no such rates"
    return "" if any(each.makes_groups for each in found) else "it has too many values for groups of [fairness]"


def section_words(found: Sequence[Protected], task: str, *, weighted: bool) -> str:
    """Return what a warning says of the section `[fairness]`."""
    reason = without_section(found, task, weighted=weighted)
    if reason:
        return f"{reason}. Other columns may stand for it if it is left out."
    return "see [fairness] in the file. Without it, other columns may still stand for it."


def fairness_lines(found: Sequence[Protected], task: str, *, weighted: bool = False) -> list[str]:
    """Return the section to propose, as lines of TOML for comments; none where it would be refused.

    A person decides what is compared and how much may differ, so that the section is a comment.

    Args:
        found: The columns that may be protected attributes.
        task: The task; a regression has no rates.
        weighted: Whether rows have weights, with which the section is refused.
    """
    grouped = [each for each in found if each.makes_groups]
    if without_section(found, task, weighted=weighted):
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
