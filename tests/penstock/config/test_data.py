"""`[data]`: accepted values, and the errors for others."""

from dataclasses import replace

import pytest

from penstock.config.data import fill_variables, not_a_select, source_error
from penstock.core.errors import ConfigError
from penstock.tables.input import Input
from penstock.tables.splits import by_column, by_hash, by_time
from tests.metadata_store import configuration


def test_the_input_holds_an_absolute_path_and_how_it_is_read(tmp_path):
    config = configuration(tmp_path, 'data.delimiter="\\u0001"', "data.query=FROM source", "data.quarantine=aside")
    assert config.input == Input(str(tmp_path / "trips.csv"), "FROM source", "\x01", str(tmp_path / "aside"))


def test_columns_of_numbers_and_times_are_read_by_their_roles_where_no_query_makes_others_of_them(tmp_path):
    roles = {"n": "numeric", "h": "hour", "t": "timestamp"}
    settings = [*(f"features.{name}={role}" for name, role in roles.items()), "features.c=categorical"]
    assert configuration(tmp_path, *settings).input.roles.items() >= roles.items()
    assert "c" not in configuration(tmp_path, *settings).input.roles
    assert configuration(tmp_path, *settings, "data.query=FROM source").input.roles is None


def test_the_label_of_a_regression_is_read_as_a_number(tmp_path):
    config = configuration(tmp_path, "model.task=regression", "evaluation.metric=rmse", "evaluation.max=1")
    assert config.input.roles[config.data.label] == "numeric"


def test_formats_of_columns_are_part_of_the_input(tmp_path):
    config = configuration(tmp_path, 'data.formats={d = "%d/%m/%Y"}', 'data.missing={d = ["soon"]}')
    assert (config.input.formats, config.input.missing) == ({"d": "%d/%m/%Y"}, {"d": ("soon",)})


@pytest.mark.parametrize("form", ["%Q", "dd/mm/yyyy", "1,234,5", "numbers", ""])
def test_an_unknown_format_of_values_is_refused(tmp_path, form):
    with pytest.raises(ConfigError, match=r'data\.formats\.d: expected ("text", "integer"|text that is not empty)'):
        configuration(tmp_path, f'data.formats={{d = "{form}"}}')


@pytest.mark.parametrize("delimiter", ["::", '"', "\\n", "\\r", "ä"])
def test_a_delimiter_that_cannot_separate_is_refused(tmp_path, delimiter):
    text = delimiter.replace('"', '\\"')
    with pytest.raises(ConfigError, match=r"data\.delimiter: expected one ASCII character, not a quote"):
        configuration(tmp_path, f'data.delimiter="{text}"')


@pytest.mark.parametrize(
    ("settings", "splits"),
    [
        ((), by_hash({"train": 0.67, "eval": 0.33})),
        (("data.split.eval=0.2", "data.split.key=zone"), by_hash({"train": 0.8, "eval": 0.2}, "zone")),
        (
            ("data.split.ratios={train = 0.7, test = 0.1, eval = 0.2}",),
            by_hash({"train": 0.7, "test": 0.1, "eval": 0.2}),
        ),
        (("data.split.eval=0.25", "data.split.time=t"), by_time({"train": 0.75, "eval": 0.25}, "t")),
        (("data.split.column=fold",), by_column("fold")),
        # The file's short form gives way to what the command line says.
        (("data.split.eval=0.0001",), by_hash({"train": 0.9999, "eval": 0.0001})),
        (("data.split.eval=0.9999",), by_hash({"train": 0.0001, "eval": 0.9999})),
        (("data.split.eval=0.25", "data.split.ratios={train = 0.5, eval = 0.5}"), by_hash({"train": 0.5, "eval": 0.5})),
        (("data.split.eval=0.25", "data.split.column=fold"), by_column("fold")),
    ],
)
def test_splits_are_those_of_the_configuration(tmp_path, settings, splits):
    assert configuration(tmp_path, *settings).splits == splits.of(["miles"], "tip")


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (("split.ratios={train = 0.5, test = 0.5}",), "ratios: expected train and eval among .* received train, test"),
        (("split.ratios={train = 0.5, eval = 0.4}",), "ratios: expected shares that add up to 1, received 0.9"),
        (("split.ratios={train = 0.5, eval = 0.4, 'a b' = 0.1}",), "ratios: expected names of letters.* 'a b'"),
        (("split.ratios={train = 0.5, eval = 0.4, source = 0.1}",), "ratios: .* received 'source'"),
        (("split.ratios={train = 1.0, eval = 0.0}",), r"ratios.train: expected a number less than 1, received 1.0"),
        (("split.ratios={}",), "ratios: expected train and eval among"),
        (
            ("split.ratios={train = 0.5, eval = 0.49995, test = 0.00005}",),
            "split.ratios: expected a share of at least 0.0001 for each split, received 5e-05 for test",
        ),
        (("split.eval=0.00002",), "split.eval: expected a share of at least 0.0001 .* received 2e-05 for eval"),
        (("split.eval=0.99995",), "split.eval: expected a share of at least 0.0001 .* received 5e-05 for train"),
        (("split.key=a", "split.time=b"), "split: expected one of key, column and time, received key and time"),
    ],
)
def test_splits_that_contradict_themselves_are_refused(tmp_path, settings, sentence):
    with pytest.raises(ConfigError, match=sentence):
        configuration(tmp_path, *(f"data.{setting}" for setting in settings))


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        (("source=postgresql://ada@h/d", "table=rides"), Input("postgresql://ada@h/d", table="rides")),
        (("source=mysql://h/d", "query=SELECT 1"), Input("mysql://h/d", "SELECT 1")),
        (("source=sqlite:////data/a.db", "table=rides"), Input("sqlite:////data/a.db", table="rides")),
        (("source=bigquery://p/d.t",), Input("bigquery://p/d", table="t")),
        (("source=bigquery://p/d", "table=t"), Input("bigquery://p/d", table="t")),
        (("source=bigquery://", "query=SELECT 1"), Input("bigquery://", "SELECT 1")),
    ],
)
def test_the_rows_of_a_database_are_a_table_or_a_query(tmp_path, settings, found):
    made = configuration(tmp_path, *(f"data.{setting}" for setting in settings)).input
    assert replace(made, roles=None) == found


def test_the_file_of_sqlite_starts_at_the_folder_of_the_configuration(tmp_path):
    config = configuration(tmp_path, "data.source=sqlite:///rows/a.db", "data.table=t")
    assert config.input.source == f"sqlite:///{tmp_path}/rows/a.db"


def test_a_password_comes_from_the_environment_and_is_not_in_the_configuration(tmp_path):
    setting = "data.source=postgresql://ada:${TAXI_DB}@${HOST}/d"
    config = configuration(tmp_path, setting, "data.table=t", TAXI_DB="s3cr:t/@?#%&", HOST="db.example:5433")
    assert config.input.source == "postgresql://ada:s3cr%3At%2F%40%3F%23%25%26@db.example:5433/d"
    assert config.input.shown == "postgresql://ada@db.example:5433/d"
    assert "s3cr" not in repr(config) + config.model_dump_json()


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (("source=postgresql://h/d",), "data: expected a table or a query of the database, received neither; "),
        (("source=postgresql://h/d", "table=t", "query=SELECT 1"), "received table and query; "),
        (("source=bigquery://p/d.t", "query=SELECT 1"), "received query and a table in source; "),
        (("table=t",), "data.table: expected no table with a source of files, received 't'; "),
        (("source=mysql://h/d", "table=t", "delimiter=;"), "data.delimiter: expected none with a database, "),
        (("source=mysql://h/d", "table=t", "quarantine=q"), "data.quarantine: expected none with a database, "),
        (("source=mysql://h/d", "table=t", "partitions=true"), "data.partitions: expected none with a database, "),
        (("source=mysql://h/d", "query=DROP TABLE t"), "data.query: expected one SELECT, received DROP; "),
    ],
)
def test_a_database_that_is_read_in_no_way_or_in_two_is_refused(tmp_path, settings, sentence):
    with pytest.raises(ConfigError) as refused:
        configuration(tmp_path, *(f"data.{setting}" for setting in settings))
    assert sentence in str(refused.value)


@pytest.mark.parametrize("source", ["trips.csv", "trips", "part-*.csv"])
def test_a_reader_can_be_chosen(tmp_path, source):
    assert configuration(tmp_path).data.reader == "table"
    assert configuration(tmp_path, "data.reader=csv", f"data.source={source}", "data.split.key=k").data.reader == "csv"


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("reader=cvs", r"data\.reader: expected 'table' or 'csv', received 'cvs' \(did you mean 'csv'\?\)"),
        ("query=FROM source", r'data\.query: expected no query with reader = "csv", received both'),
        ("delimiter=;", r"data\.delimiter: expected no delimiter with"),
        ("quarantine=aside", r"data\.quarantine: expected no quarantine with"),
        ("partitions=true", r"data\.partitions: expected no partitions with"),
        ("split.time=t", r"data\.split\.time: expected no split\.time with"),
        ("split.column=c", r"data\.split\.column: expected no split\.column with"),
        ("source=trips.parquet", r"data\.source: expected CSV, not compressed, .* received 'trips\.parquet'"),
        ("source=trips.csv.gz", r"data\.source: expected CSV, not compressed"),
    ],
)
def test_what_the_csv_reader_cannot_do_is_refused(tmp_path, setting, sentence):
    with pytest.raises(ConfigError, match=sentence):
        configuration(tmp_path, *dict.fromkeys(["data.reader=csv", f"data.{setting}"]))


def test_a_database_is_not_for_the_csv_reader(tmp_path):
    with pytest.raises(ConfigError, match=r"data\.source: expected CSV, not compressed"):
        configuration(tmp_path, "data.reader=csv", "data.source=sqlite:///trips.csv", "data.table=t")


def test_partitions_reach_the_input_if_they_are_configured(tmp_path):
    assert configuration(tmp_path, "data.partitions=true").input.partitions is True
    assert configuration(tmp_path).input.partitions is None


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
def test_valid_paths_and_urls_are_accepted(source):
    assert source_error(source) is None


@pytest.mark.parametrize(
    ("source", "expected", "received"),
    [
        ("postgres://ada:hidden@h/d", "a URL that begins with one of sqlite://, ", "(did you mean 'postgresql'?)"),
        ("ftp://hidden/x.csv", "a path, or a URL", "ftp://"),
        ("postgresql://ada:hid@den@h/d", "%40, %3A, %2F and %3F for @, :, / and ? in a password", "postgresql://"),
        ("postgresql://ada:hidden@h:port/d", "postgresql://USER@HOST/DATABASE", "another form"),
        ("mysql://ada:hid/den@h/d", "mysql://USER@HOST/DATABASE", "another form"),
        ("sqlite://rows.db", "sqlite:///FILE", "another form"),
        ("bigquery://p/d/t", "bigquery://PROJECT/DATASET.TABLE", "another form"),
    ],
)
def test_a_url_of_another_form_is_refused_without_what_may_be_a_password(source, expected, received):
    fault = source_error(source)
    assert fault is not None
    assert expected in fault[0]
    assert received in fault[1]
    assert "hidden" not in " ".join(fault)


def test_variables_are_replaced_and_escaped_in_a_password():
    values = {"USER": "a b", "PASS": "x@y:z", "HOST": "db:5433", "NAME": "taxi"}
    assert fill_variables("mysql://${USER}:${PASS}@${HOST}/${NAME}", values) == "mysql://a%20b:x%40y%3Az@db:5433/taxi"
    assert fill_variables("bigquery://${NAME}/d", values) == "bigquery://taxi/d"


def test_a_dollar_in_the_name_of_a_file_is_a_dollar():
    assert fill_variables("rows-${HOST}.csv", {"HOST": "db"}) == "rows-${HOST}.csv"


def test_a_variable_that_is_not_set_is_refused_by_name():
    with pytest.raises(ConfigError) as refused:
        fill_variables("mysql://ada:${TAXI_DB}@h/d", {})
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
def test_a_statement_that_is_no_query_is_named_by_its_first_word(query, word):
    assert not_a_select(query) == word
