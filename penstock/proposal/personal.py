"""Columns with personal data, by content and by name, with the evidence; no value is shown, only its form.

The rule: a column of direct identifiers, which alone say who a row is about, is left out of the features. One that
says it only together with others (a birth date, a position) is reported and kept. The content decides: a form with a
check, such as an e-mail address, in 80 % of the values at least; a weaker form, such as a telephone number or a name,
only if the name of the column says so too. The kinds are those of the GDPR's "identifier" (Regulation (EU) 2016/679,
article 4 (1)) that a column can have.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from penstock.core.text import shorten
from penstock.proposal import identifiers
from penstock.proposal.profile import ColumnProfile, present_values
from penstock.proposal.roles import Choice, words_of

# ruff: noqa: SIM905  Words are easier to read without a quote on each side.
_SHARE, _LEAST_VALUES, _MOST_VALUES = 0.8, 5, 2000
# Free text is reported if this share of its values contains an e-mail address, and at least two of them do.
_IN_TEXT = 0.01
_PERSONS = frozenset(
    (
        "applicant author client contact customer donor driver employee guest holder member owner passenger patient "
        "person student tenant user visitor"
    ).split()
)
_NAMES = frozenset("first last middle given family maiden full sur birth nick".split())


@dataclass(frozen=True)
class _Kind:
    """A kind of personal data: what it is, its check, the words of a name, and whether content alone is enough."""

    what: str
    check: Callable[[str], bool]
    words: Callable[[set[str]], bool]
    alone: bool = False


def _any(words: str) -> Callable[[set[str]], bool]:
    known = frozenset(words.split())
    return lambda found: bool(found & known)


def _is_name(found: set[str]) -> bool:
    named = {"name", "names"} & found and found & (_NAMES | _PERSONS)
    return bool(named or found & frozenset("firstname lastname surname fullname forename givenname username".split()))


_PHONE_WORDS = _any("cell fax mobile msisdn phone tel telephone")
_ADDRESS_WORDS = _any("addr address anschrift street strasse residence")
_DOCUMENT_WORDS = _any("aadhaar cpf curp dni nif nino passport pesel siren ssn tin")

_KINDS = (
    _Kind("e-mail addresses", identifiers.is_email, _any("email mail"), alone=True),
    _Kind("bank accounts (IBAN)", identifiers.is_iban, _any("iban"), alone=True),
    _Kind("numbers of payment cards", identifiers.is_card, _any("card cc creditcard pan"), alone=True),
    _Kind("Social Security numbers", identifiers.is_social_security, _any("ssn social"), alone=True),
    _Kind("IP addresses", identifiers.is_ip, _any("ip"), alone=True),
    _Kind("telephone numbers", identifiers.is_international_phone, _PHONE_WORDS, alone=True),
    _Kind("telephone numbers", identifiers.is_phone, _PHONE_WORDS),
    _Kind(
        "numbers of documents",
        identifiers.is_number,
        lambda found: (
            _DOCUMENT_WORDS(found)
            or bool(found & {"national", "passport", "identity", "tax", "licence", "license"})
            and bool(found & {"id", "number", "no", "nr"})
        ),
    ),
    _Kind("names of persons", identifiers.is_name, _is_name),
    _Kind("postal addresses", identifiers.is_address, _ADDRESS_WORDS),
)
_BIRTH = frozenset("birth birthdate birthday birthdate dateofbirth dob born".split())
_LATITUDE, _LONGITUDE = frozenset("lat latitude".split()), frozenset("lng lon long longitude".split())


@dataclass(frozen=True)
class Personal:
    """A column with personal data.

    Attributes:
        column: The column.
        what: What its values are.
        evidence: How this was found, with counts and the form of a value.
        is_direct: Whether a value alone says who a row is about.
        is_left_out: Whether it is left out of the features.
    """

    column: str
    what: str
    evidence: str
    is_direct: bool
    is_left_out: bool = False

    @property
    def words(self) -> str:
        """A warning, one sentence."""
        name = shorten(repr(self.column), 40)
        if self.is_left_out:
            return f"{name} is personal data, {self.what}: {self.evidence}; left out."
        return f"{name} is personal data, {self.what}: {self.evidence}; it is kept. Does the model need it?"


def personal_columns(data: pa.Table, profiles: Mapping[str, ColumnProfile]) -> tuple[Personal, ...]:
    """Return the columns of a sample with personal data, in the order of the table."""
    found = (_personal(column, data) for column in profiles.values())
    return tuple(each for each in found if each is not None)


def without_personal(choices: Sequence[Choice], found: Sequence[Personal]) -> tuple[list[Choice], tuple[Personal, ...]]:
    """Return the choices with direct identifiers left out, and the columns that say whether they are.

    They are kept if no other features are left; what examples cannot contain stays dropped.
    """
    direct = {each.column: each for each in found if each.is_direct}
    if not any(choice.role and choice.column not in direct for choice in choices):
        return list(choices), tuple(found)
    left = [
        _left_out(choice, direct[choice.column]) if choice.column in direct and not choice.is_dropped else choice
        for choice in choices
    ]
    return left, tuple(replace(each, is_left_out=each.is_direct) for each in found)


def _left_out(choice: Choice, found: Personal) -> Choice:
    reason = f"personal data: {found.what}"
    return replace(choice, role="", reason=reason, alternative_role=choice.role or choice.alternative_role)


def _personal(column: ColumnProfile, data: pa.Table) -> Personal | None:
    if column.fault or not column.sampled:
        return None
    words = words_of(column.name)
    if column.kind == "timestamp":
        is_birth = bool(words & _BIRTH)
        return Personal(column.name, "dates of birth", "by its name, all values are dates", False) if is_birth else None
    if column.kind == "number":
        return _position(column, words, data)
    if column.kind not in ("text", "integer"):
        return None
    texts = _texts(data.column(column.name))
    if len(texts) < _LEAST_VALUES:
        return None
    return next((found for kind in _KINDS if (found := _of_kind(column, kind, words, texts))), None) or _in_text(
        column, texts
    )


def _of_kind(column: ColumnProfile, kind: _Kind, words: set[str], texts: Sequence[str]) -> Personal | None:
    by_name = kind.words(words)
    if not by_name and not kind.alone:
        return None
    fits = [text for text in texts if kind.check(text)]
    if len(fits) < _SHARE * len(texts):
        return None
    where = "by name and content" if by_name else "by content"
    counted = f"{len(fits):,} of {len(texts):,} values, such as {identifiers.masked(fits[0])!r}"
    return Personal(column.name, kind.what, f"{where}, {counted}", True)


def _in_text(column: ColumnProfile, texts: Sequence[str]) -> Personal | None:
    """Return a column of other text in which some values contain an e-mail address."""
    found = sum(map(identifiers.has_email, texts)) if column.kind == "text" else 0
    if found < max(2, _IN_TEXT * len(texts)):
        return None
    return Personal(column.name, "e-mail addresses in text", f"in {found:,} of {len(texts):,} values", False)


def _position(column: ColumnProfile, words: set[str], data: pa.Table) -> Personal | None:
    """Return a column of coordinates, with three decimals at least: 0.001 degrees are about 100 m."""
    most = 90 if words & _LATITUDE else 180 if words & _LONGITUDE else 0
    if not most or column.low is None or column.high is None or max(abs(column.low), abs(column.high)) > most:
        return None
    values = present_values(data.column(column.name).combine_chunks()).to_numpy(zero_copy_only=False)[:_MOST_VALUES]
    precise = int((np.abs(values * 100 - np.round(values * 100)) > 1e-6).sum())
    if precise < _SHARE * len(values):
        return None
    evidence = f"by name and range, {precise:,} of {len(values):,} values with three decimals at least"
    return Personal(column.name, "positions", evidence, False)


def _texts(column: pa.ChunkedArray) -> list[str]:
    array = column.combine_chunks()
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    values = present_values(array)
    if len(values) > _MOST_VALUES:
        values = values.take(pa.array(np.linspace(0, len(values) - 1, _MOST_VALUES).astype(np.int64)))
    return [str(value).strip() for value in values.to_pylist()]
