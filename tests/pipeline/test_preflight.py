"""What is checked before anything runs."""

import pytest

from pipeline.errors import ConfigError, DataError
from pipeline.preflight import check_inputs
from tests.pipeline.metadata_store import configuration


@pytest.fixture
def table(tmp_path):
    rows = "".join(f"{number},{number % 5},{number % 2}\n" for number in range(200))
    (tmp_path / "trips.csv").write_text(f"miles,zone,tip\n{rows}")
    return tmp_path


def test_table_as_configured_is_counted(table):
    checked = check_inputs(configuration(table))
    assert checked.rows == 200
    assert [column.name for column in checked.columns] == ["miles", "zone", "tip"]


def test_query_is_applied_before_the_check(table):
    query = 'data.query="SELECT miles + zone AS miles, tip FROM source WHERE zone < 4"'
    checked = check_inputs(configuration(table, query))
    assert (checked.rows, [column.name for column in checked.columns]) == (160, ["miles", "tip"])


def test_schema_that_is_there_is_no_matter(table):
    (table / "schema.pbtxt").touch()
    assert check_inputs(configuration(table, "schema.file=schema.pbtxt")).rows == 200


@pytest.mark.parametrize(
    ("settings", "kind", "sentence"),
    [
        (("schema.file=schema.pbtxt",), ConfigError, r"schema\.file schema\.pbtxt: expected .*, received no such file; "),
        (("data.source=trip.csv",), DataError, r"trip\.csv.*: expected .*, received .*; "),
        (("data.label=tips",), DataError, r"data\.label 'tips': .*no column 'tips'.*'tip'"),
        (("features.zones=numeric",), DataError, r"'zones': .*no column 'zones'.*'zone'"),
        (('data.query="SELECT * EXCLUDE (miles) FROM source"',), DataError, r"'miles': .*no column 'miles'"),
        (('data.query="SELEC * FROM source"',), DataError, "SELEC"),
        (("data.split.key=zon",), DataError, "'?zon'?"),
    ],
)
def test_input_that_is_not_as_configured_is_refused_in_a_sentence(table, settings, kind, sentence):
    with pytest.raises(kind, match=sentence) as refused:
        check_inputs(configuration(table, *settings))
    assert "\n" not in str(refused.value)
    assert refused.value.exit_code == 2
    assert sorted(path.name for path in table.iterdir()) == ["pipeline.toml", "trips.csv"]
