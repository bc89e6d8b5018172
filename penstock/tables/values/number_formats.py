"""How numbers are written: decimal mark, digits in groups, a currency or a unit; each way is named by an example.

`1,234.5` has commas between groups of digits, `1.234,5 €` has points and a currency, `1234.5 kg` a unit.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from penstock.tables.sql import literal

PLAIN = "number"
_CURRENCIES = "$€£¥₹₽₩₺₴₦₫₪฿₡₱"
_CODES = ("USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "NZD", "CNY", "INR", "SEK", "NOK", "DKK", "PLN", "CZK")
# ruff: noqa: SIM905  Words are easier to read without a quote on each side.
# A unit that may follow a number without a blank; after a blank any word of letters may.
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
    """One way to write numbers.

    Attributes:
        decimal: What stands before the fraction: `.` or `,`.
        group: What may stand between groups of three digits; empty for nothing.
        prefix: What stands before each number, such as `$`.
        suffix: What stands after each number, such as ` kg`.
    """

    decimal: str = "."
    group: str = ""
    prefix: str = ""
    suffix: str = ""

    @classmethod
    def of(cls, text: str) -> "NumberFormat | None":
        """Return the way that an example names: `number`, or 1234.5 as it is written; None where it is none."""
        if text == PLAIN:
            return cls()
        found = _EXAMPLE.fullmatch(text)
        if not found or found["group"] == found["decimal"] or set("+-") & set(found["prefix"]):
            return None
        return cls(found["decimal"], found["group"], found["prefix"], found["suffix"])

    @property
    def example(self) -> str:
        """The way as the configuration writes it."""
        if self == NumberFormat():
            return PLAIN
        return f"{self.prefix}1{self.group}234{self.decimal}5{self.suffix}"

    @property
    def is_plain(self) -> bool:
        """Whether the number is written as programs write it."""
        return self.decimal == "." and not (self.group or self.prefix or self.suffix)

    @property
    def pattern(self) -> str:
        """A regular expression, of RE2 and of Python, for a whole value; its first group holds the digits."""
        decimal, digits = _escaped(self.decimal), "[0-9]+"
        if self.group:
            # No group is led by a zero: 0,123 has a decimal comma.
            digits = rf"(?:[1-9][0-9]{{0,2}}(?:{_escaped(self.group)}[0-9]{{3}})+|[0-9]+)"
        exponent = "(?:[eE][+-]?[0-9]+)?" if not self.group else ""
        body = rf"({digits}(?:{decimal}[0-9]*)?{exponent}|{decimal}[0-9]+{exponent})"
        before = _escaped(self.prefix.strip())
        lead = rf"(?:[+-]?\s*{before}\s*|{before}\s*[+-]?)" if before else "[+-]?"
        after = rf"\s*{_escaped(self.suffix.strip())}" if self.suffix.strip() else ""
        return rf"\s*{lead}{body}{after}\s*"

    def sql(self, value: str) -> str:
        """Return SQL for the number in a text, null where the text is none of this way."""
        matches = f"regexp_full_match({value}, {literal(self.pattern)})"
        if self.is_plain:
            return f"CASE WHEN {matches} THEN {_finite(value)} END"
        digits = f"regexp_extract({value}, {literal(self.pattern)}, 1)"
        for sign, written in ((self.group, ""), (self.decimal, ".")):
            digits = f"replace({digits}, {literal(sign)}, {literal(written)})" if sign != written else digits
        sign = f"CASE WHEN regexp_matches({value}, '^[^0-9]*-') THEN -1 ELSE 1 END"
        return f"CASE WHEN {matches} THEN {sign} * {_finite(digits)} END"

    def differs(self, other: "NumberFormat") -> bool:
        """Say whether a value that fits both ways may be another number: a decimal mark of one groups in the other."""
        return self.decimal == other.group or self.group == other.decimal

    def fits(self, text: str) -> bool:
        """Say whether a text is a number of this way."""
        return re.fullmatch(self.pattern, text) is not None


def candidates(values: Sequence[str]) -> list[NumberFormat]:
    """Return the ways in which at least half of some values may be written, the preferred first.

    All have the currency and the unit of most values. Which of a point and a comma is the decimal mark is left open
    where the values do not show it.
    """
    found = [each for each in map(_VALUE.fullmatch, (value.strip() for value in values)) if each]
    if 2 * len(found) < len(values) or not found:
        return []
    affixes = [(each["prefix"] or "", each["suffix"] or "") for each in found]
    prefix, suffix = max(dict.fromkeys(affixes), key=affixes.count)
    if suffix and not _is_unit(suffix):
        return []
    ways = [NumberFormat(), NumberFormat(group=","), NumberFormat(","), NumberFormat(",", ".")]
    ways += [NumberFormat(decimal, group) for group in _GROUPS[2:] for decimal in ".,"]
    ways = [replace(way, prefix=prefix, suffix=suffix) for way in ways]
    return _without_needless_groups([way for way in ways if 2 * sum(map(way.fits, values)) >= len(values)], values)


def _without_needless_groups(ways: list[NumberFormat], values: Sequence[str]) -> list[NumberFormat]:
    """Leave out the ways whose groups no value shows."""
    return [way for way in ways if not way.group or any(way.group in value.strip() for value in values)]


def prefer(ways: Iterable[NumberFormat], decimals: set[str]) -> tuple[NumberFormat, bool]:
    """Return which of several ways, all of which fit every value, is taken, and whether other columns decided it.

    Args:
        ways: The ways, the preferred first.
        decimals: The decimal marks that other columns prove.
    """
    known = list(ways)
    proven = [way for way in known if {way.decimal} == decimals]
    return (proven[0], True) if proven else (known[0], False)


def _is_unit(suffix: str) -> bool:
    word = suffix.strip()
    if word in _UNITS or word in _CODES or (len(word) == 1 and word in _CURRENCIES):
        return True
    return suffix[0].isspace() and re.fullmatch(r"[^\W\d_]{1,10}", word) is not None


def _finite(value: str) -> str:
    """Return SQL for the number in a text, null where it is beyond all numbers: 1e400 is not infinity."""
    return f"nullif(nullif(TRY_CAST({value} AS DOUBLE), 'inf'), '-inf')"


def _escaped(text: str) -> str:
    """Return a text as a regular expression that both RE2 and Python take: RE2 escapes no signs beyond ASCII."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)
