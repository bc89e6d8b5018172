"""Columns with personal data: found by content and name, left out if they identify, and never shown."""

import datetime

import numpy as np
import pyarrow as pa
import pytest

from penstock.proposal.personal import personal_columns, without_personal
from penstock.proposal.roles import Choice
from tests.penstock.proposal.proposals import column, text

DRAW = np.random.default_rng(5)
ROWS = 100
NUMBERS = DRAW.integers(10**6, 10**7, ROWS)
CARDS = ["4111111111111111", "378282246310005", "5555555555554444", "6011111111111117"] * 25
IBANS = ["DE89370400440532013000", "GB82WEST12345698765432"] * 50


def found(name, values, kind="text", type="VARCHAR", **facts):
    known = text(name, **facts) if kind == "text" else column(name, kind, type, **facts)
    return next(iter(personal_columns(pa.table({name: values}), {name: known})), None)


DIRECT = {
    "e-mail addresses": ("c7", [f"user{n}@mail.example" for n in range(ROWS)]),
    "telephone numbers": ("c7", [f"+49 30 {n}" for n in NUMBERS]),
    "bank accounts (IBAN)": ("c7", IBANS),
    "numbers of payment cards": ("c7", CARDS),
    "Social Security numbers": ("c7", [f"{n % 500 + 100}-45-{n % 9000 + 1000}" for n in NUMBERS]),
    "IP addresses": ("c7", [f"10.{n % 256}.3.4" for n in range(ROWS)]),
    "names of persons": ("last_name", ["Ann", "Bo", "Cy", "Di"] * 25),
    "numbers of documents": ("passport_no", [f"X{n}" for n in NUMBERS]),
    "postal addresses": ("homeAddress", [f"{n % 90} Main Street" for n in NUMBERS]),
}


@pytest.mark.parametrize("what", DIRECT)
def test_identifiers_are_found_with_their_counts_and_no_value_is_shown(what):
    name, values = DIRECT[what]
    personal = found(name, values)
    assert (personal.what, personal.is_direct) == (what, True)
    assert f"100 of 100 values, such as {''}" in personal.evidence
    assert not any(value in personal.words for value in values)


def test_phone_number_without_a_form_is_found_by_the_name_of_its_column():
    assert found("mobile_phone", NUMBERS, "integer", "BIGINT").what == "telephone numbers"
    assert found("amount", NUMBERS, "integer", "BIGINT") is None


ORDINARY = {
    "prices": ("price", [f"{n / 100:.2f}" for n in NUMBERS]),
    "dates": ("day", ["2024-01-31", "2024-02-29"] * 50),
    "versions": ("version", ["1.2.3", "10.0.1"] * 50),
    "times": ("at", ["10:30", "11:45"] * 50),
    "product names": ("product_name", ["Chair", "Table"] * 50),
    "cities": ("city", ["Berlin", "Paris"] * 50),
    "companies": ("company", ["Ann & Co", "Bo Ltd"] * 50),
    "ranges": ("range", ["1000-2000", "2000-3000"] * 50),
    "order numbers": ("order_number", [f"A-{n}" for n in NUMBERS]),
    "e-mails sent": ("email_count", ["3", "17"] * 50),
    "codes": ("code", [f"{n:016d}" for n in DRAW.integers(10**15, 10**16, ROWS)]),
    "mostly something else": ("note", [f"user{n}@mail.example" for n in range(1)] + ["none"] * 99),
}


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_values_are_not_personal_data(name):
    assert found(*ORDINARY[name]) is None


@pytest.mark.parametrize("digits", [5, 9, 10, 11, 13, 16])
def test_ordinary_whole_numbers_are_not_personal_data(digits):
    values = DRAW.integers(10 ** (digits - 1), 10**digits, ROWS)
    for name in ("amount", "id", "miles", "tax", "number_of_cards", "address_count"):
        assert found(name, values, "integer", "BIGINT") is None, name


def test_a_date_of_birth_and_a_position_are_reported_and_kept():
    days = [datetime.date(1950, 1, 1 + n % 28) for n in range(ROWS)]
    birth = found("date_of_birth", days, "timestamp", "DATE")
    assert (birth.what, birth.is_direct) == ("dates of birth", False)
    assert found("pickup_date", days, "timestamp", "DATE") is None
    places = DRAW.uniform(41, 42, ROWS)
    position = found("pickup_latitude", places, "number", "DOUBLE", low=41.0, high=42.0)
    assert (position.what, position.is_direct) == ("positions", False)
    rounded = np.round(places, 1)
    assert found("pickup_latitude", rounded, "number", "DOUBLE", low=41.0, high=42.0) is None
    assert found("late_fee", places, "number", "DOUBLE", low=41.0, high=42.0) is None


def test_addresses_in_free_text_are_reported_with_their_number():
    values = ["call me", "a@mail.example wrote", "write to b@mail.example"] * 33
    personal = found("note", values, words=4.0)
    assert (personal.what, personal.is_direct) == ("e-mail addresses in text", False)
    assert "in 66 of 99 values" in personal.evidence


def test_identifiers_are_left_out_unless_no_feature_is_left():
    values = pa.table({"mail": [f"u{n}@mail.example" for n in range(9)], "x": list(range(9))})
    personal = personal_columns(values, {"mail": text("mail"), "x": column("x")})
    mail, other = Choice("mail", "categorical", "text"), Choice("x", "numeric", "numbers")
    left, (said,) = without_personal([mail, other], personal)
    assert [(choice.column, choice.role, choice.alternative_role) for choice in left] == [
        ("mail", "", "categorical"),
        ("x", "numeric", ""),
    ]
    assert said.words.endswith("; left out.")
    kept, (said,) = without_personal([mail], personal)
    assert kept == [mail]
    assert said.words.endswith("it is kept. Does the model need it?")


def test_few_values_say_nothing():
    assert found("c7", ["a@mail.example"] * 4) is None
