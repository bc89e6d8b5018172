"""Each column's role, or the reason why it is left out, from its profile."""

import pytest

from penstock.core.features import ROLES
from penstock.proposal.roles import choose, is_supported, words_of
from tests.penstock.proposal.proposals import ROWS, column, text

TEXT = "text" if is_supported("text") else ""
VECTOR = "vector[64]" if is_supported("vector") else ""
DOUBLES = {"kind": "number", "type": "DOUBLE"}
UNIQUE = {**DOUBLES, "whole": True, "distinct": ROWS, "low": 1.0}

CASES = {
    "whole numbers": (column(low=-3, high=90), "numeric", "whole numbers"),
    "fractions": (column(**DOUBLES, low=0.5, high=2.0), "numeric", "numbers"),
    "0 and 1": (column(low=0, high=1, distinct=2), "boolean", "0 and 1"),
    "booleans": (column(kind="boolean", type="BOOLEAN"), "boolean", "true and false"),
    "a code": (column("pickupZip", low=1000, high=99999), "categorical", "a code by its name"),
    "a code of many": (column("zip", low=0, high=9**5, distinct=3000, present=20_000), "categorical", "3,000 values"),
    "a key that comes again": (column("customer_id", distinct=4000, present=20_000), "categorical", "4,000 values"),
    "a code of too many": (column("zip", distinct=10_001, present=90_000), "", "model.vocabulary_size, 10,000"),
    "an amount by its name": (column("area", low=0, high=9000, distinct=1001, present=5000), "numeric", ""),
    "an area of a city": (column("area", low=0, high=9000, distinct=1000, present=5000), "categorical", "a code"),
    "a near-unique code": (column("zip", low=1, high=99999, distinct=700), "", "near-unique code: 700 values"),
    "a key with gaps": (column("order_id_f", **UNIQUE, high=9e6), "", "identifier by its name"),
    "numbered rows as fractions": (column("n", **UNIQUE, high=ROWS), "", "it numbers the rows"),
    "unique amounts as fractions": (column("weight", **UNIQUE, high=9e6), "numeric", "numbers"),
    "an hour": (column("start_hour", low=0, high=23), "hour", "0 to 23"),
    "no hour": (column("start_hour", low=0, high=24), "numeric", ""),
    "a weekday": (column("day", low=1, high=7), "weekday", "a cycle of 7"),
    "a day of the month": (column("day", low=1, high=31), "numeric", ""),
    "a month": (column("Month", low=1, high=12), "month", "1 to 12"),
    "seconds since 1970": (column("created_at", low=1.4e9, high=1.6e9), "timestamp", "seconds since 1970"),
    "a date": (column(kind="timestamp", type="DATE"), "timestamp", "dates"),
    "a moment": (column(kind="timestamp", type="TIMESTAMP WITH TIME ZONE"), "timestamp", "times"),
    "a category": (text(distinct=7), "categorical", "text, 7 values"),
    "an identifier": (text(distinct=ROWS), "", "identifier: all values are distinct"),
    "a near-unique category": (text(distinct=600), "", "near-unique: 600 values in 1,000 rows"),
    "numbered rows": (column(low=1, high=ROWS, distinct=ROWS), "", "it numbers the rows"),
    "unique amounts": (column("weight", low=1, high=10**7, distinct=ROWS), "numeric", "whole numbers"),
    "a key": (column("customer_id", low=1, high=10**7, distinct=ROWS), "", "identifier by its name"),
    "a constant": (column(distinct=1, low=5, high=5, examples=("5",)), "", "constant: 5 in every row"),
    "a constant with gaps": (text(distinct=1, present=900), "categorical", "text, 1 value"),
    "a constant of the sample only": (column(distinct=1, low=5, high=6), "numeric", ""),
    "nothing": (text(present=0, distinct=0), "", "no value in any row"),
    "nothing in the sample": (text(present=3, sampled=0, distinct=0), "", "no value in the sample"),
    "long text": (text(distinct=900, words=12.0), TEXT, "12 words on average"),
    "unique long text": (text(distinct=ROWS, words=4.0), TEXT, "4 words on average"),
    "long text that repeats": (text(distinct=30, words=12.0), "categorical", "text, 30 values"),
    "infinite values": (column(**DOUBLES, infinite=3), "numeric", "3 infinite ones count as missing"),
    "lists of one length": (column(kind="list", type="DOUBLE[]", length=64), VECTOR, "lists of 64 numbers"),
    "arrays": (column(kind="list", type="FLOAT[64]", length=64), VECTOR, "lists of 64 numbers"),
    "lists of several lengths": (column(kind="list", type="DOUBLE[]"), "", "different lengths"),
    "lists of text": (column(kind="list", type="VARCHAR[]", length=2), "", "lists of VARCHAR"),
    "bytes": (column(kind="bytes", type="BLOB"), "", "bytes"),
    "what no example holds": (column(kind="nested", type="STRUCT(a INTEGER)", fault="a struct"), "", "a struct"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_column_gets_its_role_or_the_reason_why_it_has_none(name):
    known, role, reason = CASES[name]
    [choice] = choose([known])
    assert choice.role == role
    assert reason in choice.reason
    assert role.partition("[")[0] in ("", "vector", *ROLES)


def test_names_that_differ_by_signs_that_no_parameter_may_have_are_all_used():
    known = [column(name, low=0, high=5) for name in ("a b", "a.b", "a_b", "年龄", "收入")]
    assert [choice.role for choice in choose(known)] == ["numeric"] * 5


def test_a_name_is_read_word_by_word():
    assert words_of("pickupZip_Code (old).x") == {"pickup", "zip", "code", "old", "x"}
