"""An interpretation is stored as a document that is read back unchanged, or refused."""

import json

import pytest

from penstock.core.errors import DataError
from penstock.tables.input import Input
from penstock.tables.source import open_table
from penstock.tables.values.interpretation import ColumnFormat, Interpretation, Result
from tests.penstock.tables.columns import write_columns

KNOWN = Interpretation(
    (ColumnFormat("a", "1.234,5 €", "DOUBLE", ("-", "kein Wert")), ColumnFormat("größe", "typed", "VARCHAR")),
    ";",
    (Result("x", "DOUBLE", "a"), Result("n", "BIGINT")),
)


@pytest.mark.parametrize("how", [KNOWN, Interpretation(())])
def test_a_document_comes_back_as_it_was(how):
    assert Interpretation.from_json(how.to_json(), where="w") == how
    assert Interpretation.from_dict(json.loads(json.dumps(how.as_dict())), where="w") == how


def test_a_column_is_found_by_its_name():
    assert KNOWN.column("größe") == ColumnFormat("größe", "typed", "VARCHAR")
    assert KNOWN.column("Größe") is None


FIELDS = KNOWN.as_dict()
OTHERS = {
    "no JSON": "{",
    "a list": "[]",
    "another version": json.dumps({**FIELDS, "version": 2}),
    "no version": "{}",
    "no columns": json.dumps({"version": 1}),
    "other columns": json.dumps({**FIELDS, "columns": [{"name": "a", "missing": []}]}),
    "columns that are text": json.dumps({**FIELDS, "columns": ["a"]}),
}


@pytest.mark.parametrize("name", OTHERS)
def test_another_document_is_refused_by_its_place(name):
    with pytest.raises(DataError, match=r"^models/1/interpretation\.json: expected "):
        Interpretation.from_json(OTHERS[name], where="models/1/interpretation.json")


def test_a_table_says_how_it_is_read_and_what_its_query_makes_of_it(tmp_path):
    columns = {"d": ["31/12/2021", "NA"], "n": ["1,5", "2"], "t": ["x", "y"]}
    source = write_columns(tmp_path / "rows.csv", columns)
    query = "SELECT d AS day, n * 2 AS twice FROM source"
    with open_table(Input(str(source), query, missing={"t": ["y"]})) as table:
        assert table.document() == Interpretation(
            (
                ColumnFormat("d", "%d/%m/%Y", "DATE"),
                ColumnFormat("n", "1234,5", "DOUBLE"),
                ColumnFormat("t", "text", "VARCHAR", ("y",)),
            ),
            ",",
            (Result("day", "DATE", "d"), Result("twice", "DOUBLE", None, "(penstock_column_0 * 2)", ("n",))),
        )
