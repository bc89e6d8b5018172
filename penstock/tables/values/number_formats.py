"""Formats of numbers: decimal mark, digit grouping, currency or unit; each is named by an example.

`1,234.5` has commas between groups of digits, `1.234,5 €` has points and a currency, `1234.5 kg` has a unit.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from penstock.tables.sql import literal

PLAIN = "number"
_CURRENCIES = "$€£¥₹₽₩₺₴₦₫₪฿₡₱"
_CODES = ("USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "NZD", "CNY", "INR", "SEK", "NOK", "DKK", "PLN", "CZK")
# ruff: noqa: SIM905  Words are easier to read without a quote on each side.
# Units that may follow a number directly; after a space any word of letters may.
_UNITS = frozenset(
    (
        "% ‰ ° °C °F K g kg mg µg t lb lbs oz m km cm mm µm mi ft in yd l L ml mL cl dl gal s sec ms min h hr hrs d "
        "Hz kHz MHz GHz W kW MW Wh kWh V mV A mA mAh Pa hPa kPa bar psi J kJ cal kcal B KB MB GB TB kB kbps Mbps "
        "mph kph km/h m/s m² m³ km² px pt bpm rpm dB"
    ).split()
)
_GROUPS = (",", ".", " ", "\u00a0", "\u202f", "'", "’")
_EXAMPLE = re.compile(
    r"(?P<prefix>\D*?)1(?P<group>[,.'’ \u00a0\u202f]?)234(?P<decimal>[.,])5(?P<suffix>\D*)", re.DOTALL
)
_VALUE = re.compile(
    rf"[+-]?(?P<prefix>[{re.escape(_CURRENCIES)}]|(?:{'|'.join(_CODES)})(?=\s*[+-]?[0-9]))?\s*[+-]?"
    r"(?P<body>[0-9.,'’ \u00a0\u202f]*[0-9][.,]?(?:[eE][+-]?[0-9]+)?)(?P<suffix>\s*[^0-9\s][^0-9]{0,11})?"
)


@dataclass(frozen=True)
class NumberFormat:
    """A format of numbers.

    Attributes:
        decimal: The decimal mark: `.` or `,`.
        group: The separator of groups of three digits; empty if there is none.
        prefix: The text before each number, such as `$`.
        suffix: The text after each number, such as ` kg`.
    """

    decimal: str = "."
    group: str = ""
    prefix: str = ""
    suffix: str = ""

    @classmethod
    def of(cls, text: str) -> "NumberFormat | None":
        """Return the format that a name stands for: `number`, or 1234.5 in the format; None if it is no such name."""
        if text == PLAIN:
            return cls()
        found = _EXAMPLE.fullmatch(text)
        if not found or found["group"] == found["decimal"] or set("+-") & set(found["prefix"]):
            return None
        return cls(found["decimal"], found["group"], found["prefix"], found["suffix"])

    @property
    def example(self) -> str:
        """The name of the format in the configuration."""
        if self == NumberFormat():
            return PLAIN
        return f"{self.prefix}1{self.group}234{self.decimal}5{self.suffix}"

    @property
    def is_plain(self) -> bool:
        """Whether the format is that of programming languages."""
        return self.decimal == "." and not (self.group or self.prefix or self.suffix)

    @property
    def pattern(self) -> str:
        """A regular expression, of RE2 and of Python, for a complete value; its first group is the digits."""
        decimal, digits = _escaped(self.decimal), "[0-9]+"
        if self.group:
            # The first group does not begin with zero: 0,123 has a decimal comma.
            digits = rf"(?:[1-9][0-9]{{0,2}}(?:{_escaped(self.group)}[0-9]{{3}})+|[0-9]+)"
        exponent = "(?:[eE][+-]?[0-9]+)?" if not self.group else ""
        body = rf"({digits}(?:{decimal}[0-9]*)?{exponent}|{decimal}[0-9]+{exponent})"
        before = _escaped(self.prefix.strip())
        lead = rf"(?:[+-]?\s*{before}\s*|{before}\s*[+-]?)" if before else "[+-]?"
        after = rf"\s*{_escaped(self.suffix.strip())}" if self.suffix.strip() else ""
        return rf"\s*{lead}{body}{after}\s*"

    def sql(self, value: str) -> str:
        """Return SQL for the number in a text, null if the text does not have this format."""
        matches = f"regexp_full_match({value}, {literal(self.pattern)})"
        if self.is_plain:
            return f"CASE WHEN {matches} THEN {_finite(value)} END"
        digits = f"regexp_extract({value}, {literal(self.pattern)}, 1)"
        for sign, written in ((self.group, ""), (self.decimal, ".")):
            digits = f"replace({digits}, {literal(sign)}, {literal(written)})" if sign != written else digits
        sign = f"CASE WHEN regexp_matches({value}, '^[^0-9]*-') THEN -1 ELSE 1 END"
        return f"CASE WHEN {matches} THEN {sign} * {_finite(digits)} END"

    def differs(self, other: "NumberFormat") -> bool:
        """Say whether a value may differ between two formats: the decimal mark of one groups digits in the other."""
        return self.decimal == other.group or self.group == other.decimal

    def fits(self, text: str) -> bool:
        """Say whether a text has this format."""
        return re.fullmatch(self.pattern, text) is not None


def candidates(values: Sequence[str]) -> list[NumberFormat]:
    """Return the formats that fit at least half of some values, the preferred first.

    All have the currency and the unit of most values. If the values do not show whether a point or a comma is the
    decimal mark, both are returned.
    """
    found = [each for each in map(_VALUE.fullmatch, (value.strip() for value in values)) if each]
    if 2 * len(found) < len(values) or not found:
        return []
    affixes = [(each["prefix"] or "", each["suffix"] or "") for each in found]
    prefix, suffix = max(dict.fromkeys(affixes), key=affixes.count)
    if suffix and not _is_unit(suffix):
        return []
    formats = [NumberFormat(), NumberFormat(group=","), NumberFormat(","), NumberFormat(",", ".")]
    formats += [NumberFormat(decimal, group) for group in _GROUPS[2:] for decimal in ".,"]
    formats = [replace(each, prefix=prefix, suffix=suffix) for each in formats]
    return _without_unused_groups([each for each in formats if 2 * sum(map(each.fits, values)) >= len(values)], values)


def _without_unused_groups(formats: list[NumberFormat], values: Sequence[str]) -> list[NumberFormat]:
    """Return the formats without those whose group separator is in no value."""
    return [each for each in formats if not each.group or any(each.group in value.strip() for value in values)]


def prefer(formats: Iterable[NumberFormat], decimals: set[str]) -> tuple[NumberFormat, bool]:
    """Return the preferred one of several formats that fit every value, and whether other columns decided it.

    Args:
        formats: The formats, the preferred first.
        decimals: The decimal marks that other columns prove.
    """
    known = list(formats)
    proven = [each for each in known if {each.decimal} == decimals]
    return (proven[0], True) if proven else (known[0], False)


def _is_unit(suffix: str) -> bool:
    word = suffix.strip()
    if word in _UNITS or word in _CODES or (len(word) == 1 and word in _CURRENCIES):
        return True
    return suffix[0].isspace() and re.fullmatch(r"[^\W\d_]{1,10}", word) is not None


def _finite(value: str) -> str:
    """Return SQL for the number in a text, null if it is out of range: 1e400 is not infinity."""
    return f"nullif(nullif(TRY_CAST({value} AS DOUBLE), 'inf'), '-inf')"


def _escaped(text: str) -> str:
    """Return a text as a regular expression for RE2 and Python; RE2 allows no escapes of characters beyond ASCII."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)
