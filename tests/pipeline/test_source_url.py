"""URLs in `data.source`: their forms, variables in them, and no password in what is said of them."""

import pytest

from pipeline.errors import ConfigError
from pipeline.source_url import fault_of, filled, not_a_select


@pytest.mark.parametrize(
    "source",
    [
        "rows.csv",
        "data/**/*.parquet",
        "sqlite:///a/b.db",
        "postgresql://",
        "postgresql://ada@host/db",
        "postgresql://ada:p%40ss@host:5432/db?sslmode=require",
        "postgresql://ada:${PASSWORD}@${HOST}:${PORT}/db",
        "postgresql://ada@[::1]:5432/db",
        "postgresql:///db?host=/run/postgresql",
        "mysql://host/db",
        "bigquery://",
        "bigquery://project/dataset.table",
        "bigquery:///dataset.table",
        "bigquery://example.com:project/dataset",
    ],
)
def test_paths_and_urls_of_a_known_form_are_taken(source):
    assert fault_of(source) is None


@pytest.mark.parametrize(
    ("source", "expected", "received"),
    [
        ("postgres://ada:hidden@h/d", "a URL that begins with one of sqlite://, ", "(did you mean 'postgresql'?)"),
        ("s3://hidden/x.csv", "a path, or a URL", "s3://"),
        ("postgresql://ada:hid@den@h/d", "%40, %3A, %2F and %3F for @, :, / and ? in a password", "postgresql://"),
        ("postgresql://ada:hidden@h:port/d", "postgresql://USER@HOST/DATABASE", "another form"),
        ("mysql://ada:hid/den@h/d", "mysql://USER@HOST/DATABASE", "another form"),
        ("sqlite://rows.db", "sqlite:///FILE", "another form"),
        ("bigquery://p/d/t", "bigquery://PROJECT/DATASET.TABLE", "another form"),
    ],
)
def test_a_url_of_another_form_is_refused_without_what_may_be_a_password(source, expected, received):
    fault = fault_of(source)
    assert fault is not None
    assert expected in fault[0]
    assert received in fault[1]
    assert "hidden" not in " ".join(fault)


def test_variables_are_filled_in_and_escaped_where_a_password_stands():
    values = {"USER": "a b", "PASS": "x@y:z", "HOST": "db:5433", "NAME": "taxi"}
    assert filled("mysql://${USER}:${PASS}@${HOST}/${NAME}", values) == "mysql://a%20b:x%40y%3Az@db:5433/taxi"
    assert filled("bigquery://${NAME}/d", values) == "bigquery://taxi/d"


def test_a_dollar_in_the_name_of_a_file_is_a_dollar():
    assert filled("rows-${HOST}.csv", {"HOST": "db"}) == "rows-${HOST}.csv"


def test_a_variable_that_is_not_set_is_refused_by_name():
    with pytest.raises(ConfigError) as refused:
        filled("mysql://ada:${TAXI_DB}@h/d", {})
    assert str(refused.value) == (
        "data.source: expected the environment variable TAXI_DB, received none of that name; "
        "set TAXI_DB, or write its value."
    )


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("SELECT 1", None),
        ("  -- all of it\n/* and\n more */ (select 1)", None),
        ("with t as (select 1) select * from t", None),
        ("VALUES (1)", None),
        ("DELETE FROM t", "DELETE"),
        ("-- SELECT\ndrop table t", "DROP"),
        ("-- SELECT", ""),
    ],
)
def test_a_statement_that_is_plainly_no_select_is_told(query, word):
    assert not_a_select(query) == word
