"""Any table gives a configuration that a run accepts, or one sentence and no file."""

import sqlite3
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from google.protobuf import text_format
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tensorflow_metadata.proto.v0 import schema_pb2

from penstock.config.loading import load
from penstock.core.errors import PenstockError
from penstock.proposal.initial import _name, holds_password, propose_files
from penstock.proposal.label_options import parse_options
from penstock.tables.examples.write import to_lists
from penstock.tables.source import open_table
from pipeline.preflight import check_inputs
from tests.examples import examples

HALF = ["yes", "no", "no", "no"] * 10
NUMBERS = [n / 3 for n in range(40)]


def propose(folder, source="rows.csv", label="label", **options):
    return propose_files(
        str(folder / source), label, config=folder / "pipeline.toml", check=check_inputs, **options
    ).proposal


def parquet(folder, **columns):
    pq.write_table(pa.table(columns), folder / "rows.parquet")
    return "rows.parquet"


def csv(folder, text):
    (folder / "rows.csv").write_text(text)
    return "rows.csv"


def left(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("rows."))


BAD = {
    "no such label": ({"lable": HALF, "x": NUMBERS}, ["--label label", "did you mean 'lable'", "name one of lable, x"]),
    "label in other capitals": ({"Label": HALF, "x": NUMBERS}, ["did you mean 'Label'"]),
    "identifier as label": ({"label": [f"u{n}" for n in range(40)], "x": NUMBERS}, ["'label'", "an identifier: 40"]),
    "numbered rows as label": ({"label": list(range(40)), "x": NUMBERS}, ["'label'", "an identifier: 40"]),
    "constant label": ({"label": ["a"] * 40, "x": NUMBERS}, ["'label'", "two values", "only 'a'"]),
    "label without values": ({"label": pa.array([None] * 40, pa.string()), "x": NUMBERS}, ["'label'", "none in 40"]),
    "blank label": ({"label": [""] * 40, "x": NUMBERS}, ["'label'", "none in 40 rows"]),
    "infinite label": ({"label": [float("inf")] * 40, "x": NUMBERS}, ["'label'", "none that is finite"]),
    "huge label": (
        {"label": [n * 1e30 for n in range(40)], "x": NUMBERS},
        ["'label'", "numbers up to 1e+18", "--query"],
    ),
    "list as label": ({"label": [[1, 2]] * 40, "x": NUMBERS}, ["'label'", "numbers, text or booleans", "BIGINT[]"]),
    "hardly fewer classes than rows": (
        {"label": [f"c{n // 1.5}" for n in range(40)], "x": NUMBERS},
        ["two rows or more", "values in 40 rows"],
    ),
    "one row": ({"label": ["a"], "x": [1.5]}, ["'label'", "1 row with a value"]),
    "no rows": ({"label": pa.array([], pa.string()), "x": pa.array([], pa.float64())}, ["'label'", "none in 0 rows"]),
    "only the label": ({"label": HALF}, ["features", "the label only"]),
    "no column left": ({"label": HALF, "id": list(range(40))}, ["features", "id: identifier"]),
    "columns that differ only in case": ({"label": HALF, "Fare": NUMBERS, "fare": NUMBERS}, ["'Fare' and 'fare'"]),
}


@pytest.mark.parametrize("name", BAD)
def test_a_table_that_cannot_be_learned_from_is_one_sentence_and_no_file(tmp_path, name):
    columns, words = BAD[name]
    source = parquet(tmp_path, **columns)
    with pytest.raises(PenstockError) as caught:
        propose(tmp_path, source)
    refused(tmp_path, caught.value, words)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "values"),
    [
        (parse_options("poisson", None), [n % 4 for n in range(60)]),
        (parse_options("tweedie=2", None), [1 + n % 4 / 2 for n in range(60)]),
        (parse_options("huber=2", None), ["NA", *(f"{n / 4}" for n in range(59))]),
        (parse_options("quantile=0.25", None), [None, *(n % 2 for n in range(59))]),
        (parse_options(None, "c,b,a"), ["a", "b", "c"] * 20),
        (parse_options(None, "1,2,3,4"), [1.0, None, 3.0, 2.0] * 15),
        (parse_options(None, "no,maybe,yes"), ["no", "yes", "yes", "maybe"] * 15),
    ],
)
def test_loss_and_order_give_a_configuration_that_a_run_accepts(tmp_path, options, values):
    source = parquet(tmp_path, label=values, x=[n / 3 for n in range(60)], w=[1.5] * 60)
    for weight in (None, "w"):
        found = propose(tmp_path, source, options=options, weight=weight, force=True)
        config = load(tmp_path / "pipeline.toml")
        assert config.evaluation.metric == found.metric == found.task.metric
        assert config.data.label_order == (options.order or None)
        assert config.loss == (options.loss or config.loss)


BAD_ARGUMENTS = {
    "no such file": ({"source": "row.csv"}, ["row.csv", "no such file", "holds rows.csv"]),
    "unknown ending": ({"source": "rows.xlsx"}, ["rows.xlsx", "no such file"]),
    "bad name": ({"name": "My Name"}, ["--name", "lower-case letters"]),
    "bad query": ({"query": "SELEC 1"}, ["data.query", "SELEC"]),
    "query without the label": ({"query": "SELECT x FROM source"}, ["--label label", "no such column"]),
    "table and a file": ({"table": "t"}, ["--table", "no table with a source of files"]),
}


@pytest.mark.parametrize("name", BAD_ARGUMENTS)
def test_an_argument_that_is_wrong_is_one_sentence_and_no_file(tmp_path, name):
    arguments, words = BAD_ARGUMENTS[name]
    csv(tmp_path, "x,label\n" + "".join(f"{n}.5,{n % 2}\n" for n in range(40)))
    with pytest.raises(PenstockError) as caught:
        propose(tmp_path, **arguments)
    refused(tmp_path, caught.value, words)


@pytest.mark.parametrize("source", ["", "sqlite://", "oracle://x/y", "postgresql://db/city"])
def test_a_url_that_cannot_be_read_is_one_sentence(tmp_path, source):
    with pytest.raises(PenstockError) as caught:
        propose_files(source, "label", config=tmp_path / "pipeline.toml", check=check_inputs)
    refused(tmp_path, caught.value, [])


def refused(folder, error, words):
    assert "\n" not in str(error)
    assert [word for word in words if word not in str(error)] == [], str(error)
    assert left(folder) == []


@pytest.mark.parametrize("file", ["pipeline.toml", "schema.pbtxt"])
def test_an_existing_file_is_kept_without_force(tmp_path, file):
    source = parquet(tmp_path, label=HALF, x=NUMBERS)
    (tmp_path / file).write_text("mine")
    with pytest.raises(PenstockError, match="--force"):
        propose(tmp_path, source)
    assert left(tmp_path) == [file]
    assert (tmp_path / file).read_text() == "mine"
    propose(tmp_path, source, force=True)
    assert left(tmp_path) == ["pipeline.toml", "schema.pbtxt"]
    assert (tmp_path / file).read_text() != "mine"


def test_a_failure_with_force_keeps_what_was_there(tmp_path):
    source = parquet(tmp_path, label=["a"] * 40, x=NUMBERS)
    (tmp_path / "pipeline.toml").write_text("mine")
    with pytest.raises(PenstockError):
        propose(tmp_path, source, force=True)
    assert left(tmp_path) == ["pipeline.toml"]
    assert (tmp_path / "pipeline.toml").read_text() == "mine"


def test_a_configuration_elsewhere_names_the_source_from_there(tmp_path, monkeypatch):
    parquet(tmp_path, label=HALF, x=NUMBERS)
    (tmp_path / "made").mkdir()
    monkeypatch.chdir(tmp_path)
    propose_files("rows.parquet", "label", config=Path("made/pipeline.toml"), check=check_inputs)
    loaded = load("made/pipeline.toml")
    assert loaded.data.source == "../rows.parquet"
    assert check_inputs(loaded).rows == 40


def test_names_with_line_breaks_of_windows_are_in_the_query(tmp_path):
    rows = "".join(f'{n},{n % 7},"good\r\nx"\r\n{n},{n % 5},bad\r\n' for n in range(40))
    (tmp_path / "rows.csv").write_bytes(f'"row\r\nid","a\r\nb","the\r\nlabel"\r\n{rows}'.encode())
    propose(tmp_path, label="the\r\nlabel")
    loaded = load(tmp_path / "pipeline.toml")
    assert set(loaded.features) == {"row\r\nid", "a\r\nb"}
    assert check_inputs(loaded).rows == 80


@pytest.mark.slow
def test_every_type_of_the_engine_is_in_the_schema(tmp_path):
    csv(tmp_path, "n,label\n" + "".join(f"{n % 9},{'spam' if n % 3 else 'ham'}\n" for n in range(60)))
    query = """
    SELECT *, (n % 3)::VARCHAR::ENUM ('0', '1', '2') AS enum, TIME '10:30:00' + to_hours((n % 5)::INT) AS clock,
      uuid() AS key, n::HUGEINT AS huge, (n % 4)::UTINYINT AS tiny, to_days(n::INT) AS span, {'a': n} AS nested,
      n::DECIMAL(8, 2) AS money, n::DECIMAL(8, 0) AS whole,
      TIMESTAMPTZ '2020-01-01 10:00:00+02' + to_hours(n::INT) AS zoned,
      [n, n] AS pair, [n, n]::INTEGER[2] AS fixed, [n::VARCHAR] AS words, encode(n::VARCHAR) AS raw, NULL AS nothing,
      MAP {'a': n} AS mapped, n::FLOAT AS single, [[n]] AS deep
    FROM source
    """
    proposal = propose(tmp_path, query=query)
    loaded = load(tmp_path / "pipeline.toml")
    assert check_inputs(loaded).rows == 60
    held_by_the_schema(loaded, tmp_path / "schema.pbtxt")
    roles = {"enum": "categorical", "clock": "categorical", "huge": "numeric", "tiny": "numeric", "zoned": "timestamp"}
    roles |= {"money": "numeric", "whole": "numeric", "single": "numeric", "n": "numeric"}
    assert {name: loaded.features.get(name) for name in roles} == roles
    dropped = {choice.column for choice in proposal.choices if choice.is_dropped}
    assert dropped == {"span", "nested", "mapped", "deep"}
    assert {choice.column for choice in proposal.left_out} >= {"key", "raw", "nothing", "words"}


# Label in the file, and the value in an example; None if the row is left out.
LABELLED = {
    "0 and 1, fewer zeros": {"1": 1, "0": 0, "NA": None},
    "fractions": {"1.0": 1, "0.0": 0, "?": None},
    "blanks and capitals": {"Yes": 1, " yes ": 1, "NO": 0, "no": 0, "n/a": None},
    "letters": {"Y": 1, "N": 0, "": None},
    "truth in text": {"TRUE": 1, "False": 0, "NULL": None, "  ": None},
    "medicine": {"positive": 1, "negative": 0, "-": None},
    "signs": {"1": 1, "-1": 0, "NA": None},
    "plus and minus": {"+": 1, "-": 0},
    "a bound": {" >50K": 1, " <=50K": 0, " ?": None},
    "quotes": {"it's": 0, "isn't": 1, "NA": None},
    "one and two": {"2": 0, "1": 1, "NA": None},
    "amounts": {**{f"{n / 4}": n / 4 for n in range(30)}, "NA": None, " 7.5 ": 7.5, "1e2": 100.0, "unknown": None},
    "classes that are numbers": {"1": 1, "2": 2, "3": 3, "NA": None},
    "words": {"a": b"a", "b": b"b", "c": b"c", "NA": None},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LABELLED)
@pytest.mark.parametrize("query", [None, "SELECT * FROM source"])
def test_the_label_in_the_examples_is_what_the_file_means(tmp_path, name, query):
    known = LABELLED[name]
    # The first value is the most frequent one.
    values = [*known, *known, *known, *known, *[next(iter(known))] * 9]
    rows = [f'{n * 7 % 11 / 3},"{value}"' for n, value in enumerate(values * 3)]
    csv(tmp_path, "x,label\n" + "\n".join(rows) + "\n")
    proposal = propose(tmp_path, query=query)
    loaded = load(tmp_path / "pipeline.toml")
    with open_table(loaded.input) as table:
        examples = pa.Table.from_batches([to_lists(batch) for batch in table.batches()])
    found = [value[0] for value in examples.column("label").to_pylist()]
    expected = [known[value] for value in values * 3 if known[value] is not None]
    assert found == expected
    assert check_inputs(loaded).rows == len(expected) == proposal.label.present
    if proposal.task.task == "binary":
        counted = [count for _, count in proposal.task.classes]
        assert counted == [found.count(0), found.count(1)]


@pytest.mark.slow
@pytest.mark.parametrize("query", [None, "SELECT * FROM rows -- all of them\n;"])
def test_a_database_gives_a_query_in_its_own_words(tmp_path, query):
    with sqlite3.connect(tmp_path / "rows.sqlite") as connection:
        connection.execute('CREATE TABLE rows ("the label" TEXT, x REAL, "a ""b""" TEXT)')
        some = [(None if n == 3 else HALF[n], NUMBERS[n], "ab"[n % 2]) for n in range(40)]
        connection.executemany("INSERT INTO rows VALUES (?, ?, ?)", some)
    made = propose_files(
        f"sqlite:///{tmp_path}/rows.sqlite",
        "the label",
        query=query,
        table=None if query else "rows",
        config=tmp_path / "pipeline.toml",
        check=check_inputs,
    )
    assert made.name == "rows"
    assert '"the label" = \'yes\' AS "the label"' in made.proposal.query
    assert check_inputs(load(tmp_path / "pipeline.toml")).rows == 39


def test_a_database_without_changes_is_read_as_a_table(tmp_path):
    with sqlite3.connect(tmp_path / "rows.sqlite") as connection:
        connection.execute("CREATE TABLE rows (label INTEGER, x REAL)")
        connection.executemany("INSERT INTO rows VALUES (?, ?)", [(n % 2, n / 3) for n in range(40)])
    propose_files(
        f"sqlite:///{tmp_path}/rows.sqlite",
        "label",
        table="rows",
        config=tmp_path / "pipeline.toml",
        check=check_inputs,
    )
    loaded = load(tmp_path / "pipeline.toml")
    assert (loaded.data.table, loaded.data.query) == ("rows", None)


@pytest.mark.parametrize(
    ("source", "held"),
    [
        ("rows.csv", False),
        ("sqlite:///a:b@c", False),
        ("postgresql://ada@db/city", False),
        ("postgresql://ada:${SECRET}@db/city", False),
        ("postgresql://ada:secret@db/city", True),
        ("mysql://ada@db/city?password=secret", True),
    ],
)
def test_a_password_in_the_source_is_noticed(source, held):
    assert holds_password(source) == held


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("data/Taxi Trips.csv.gz", "taxi-trips"),
        ("data/trips/*.parquet", "trips"),
        ("data/trips/", "trips"),
        ("sqlite:///rides.sqlite", "rides"),
        ("postgresql://ada@db/city?sslmode=require", "city"),
        ("bigquery://project/city.rides", "rides"),
        ("postgresql://ada:secret@db", "pipeline"),
        ("日本.csv", "pipeline"),
    ],
)
def test_a_name_is_made_of_the_source(source, name):
    assert _name(source) == name


def texts(words):
    return st.lists(st.one_of(st.none(), st.sampled_from(words)), min_size=0, max_size=40)


NAMES = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"]) | st.sampled_from(list("ab.\"'/\\ #[]=é日")),
    min_size=1,
    max_size=8,
)
CELLS = st.one_of(
    st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=45),
    st.lists(st.none() | st.integers(0, 3), max_size=45),
    st.lists(st.none() | st.floats(), max_size=45),
    st.lists(st.none() | st.floats(-5, 5, width=16), max_size=45),
    st.lists(st.none() | st.booleans(), max_size=45),
    st.lists(st.none() | st.datetimes(), max_size=45),
    st.lists(st.none() | st.dates(), max_size=45),
    st.lists(st.none() | st.text(max_size=5), max_size=45),
    texts(["a", "b", "", "c d e f", "12", "13.5", "?"]),
    texts(["2020-01-01", "2021-02-03 10:00", "NA"]),
    st.lists(st.none() | st.lists(st.floats(0, 1, width=32), min_size=2, max_size=3), max_size=45),
    st.lists(st.none() | st.binary(max_size=3), max_size=45),
    st.lists(st.none(), max_size=45),
)
LABELS = st.one_of(
    st.lists(st.sampled_from(["x", "y"]), min_size=45, max_size=45),
    st.lists(st.sampled_from(["x", "y", "z'\"\\", None]), min_size=45, max_size=45),
    st.lists(st.sampled_from([1.0, 2.0, None, float("nan"), float("inf")]), min_size=45, max_size=45),
    st.lists(st.sampled_from([0, 1, 2]), min_size=45, max_size=45),
    st.lists(st.floats(-1e6, 1e6) | st.none(), min_size=45, max_size=45),
    CELLS,
)


@pytest.mark.slow
@settings(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))
@given(columns=st.dictionaries(NAMES, CELLS, min_size=1, max_size=4), name=NAMES, label=LABELS)
def test_a_generated_table_gives_one_sentence_or_a_configuration_that_passes(columns, name, label):
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        whole = {**columns, name: label}
        rows = {key: (values * 45 or [None] * 45)[:45] for key, values in whole.items()}
        pq.write_table(pa.table(rows), folder / "rows.parquet")
        refusal = None
        try:
            proposal = propose(folder, "rows.parquet", name)
        except PenstockError as error:
            refusal = str(error)
        if refusal is not None:
            assert "\n" not in refusal
            assert left(folder) == []
            return
        loaded = load(folder / "pipeline.toml")
        assert check_inputs(loaded).rows == proposal.label.present
        assert set(loaded.features) == {choice.column for choice in proposal.features}
        held_by_the_schema(loaded, folder / "schema.pbtxt")


def held_by_the_schema(config, file):
    """Compare each column, encoded as in an example, with the schema's types, counts, shares and domains."""
    schema = text_format.Parse(file.read_text(), schema_pb2.Schema())
    kinds = {pa.int64(): schema_pb2.INT, pa.float32(): schema_pb2.FLOAT, pa.binary(): schema_pb2.BYTES}
    with open_table(config.input) as table:
        columns = pa.Table.from_batches([to_lists(batch) for batch in table.batches()])
    assert sorted(columns.column_names) == sorted(feature.name for feature in schema.feature)
    for feature in schema.feature:
        column = columns.column(feature.name).combine_chunks()
        values, there = column.flatten().to_pylist(), len(column) - column.null_count
        if feature.lifecycle_stage == schema_pb2.DISABLED:
            assert feature.name not in config.features
            continue
        assert kinds[column.type.value_type] == feature.type, feature
        assert there / len(column) >= feature.presence.min_fraction
        if feature.HasField("value_count"):
            assert {len(value) for value in column.to_pylist() if value is not None} <= {feature.value_count.max}
        for domain in (feature.int_domain, feature.float_domain):
            if domain.ListFields():
                assert all(domain.min <= value <= domain.max for value in values), feature
        if feature.string_domain.value:
            assert {value.decode() for value in values} <= set(feature.string_domain.value)
