"""The checks before a run."""

import multiprocessing
import os
import sqlite3
import stat
import tempfile
from pathlib import Path

import pytest

from penstock.core.errors import ConfigError, DataError, StoreError
from pipeline import preflight
from pipeline.preflight import check_inputs, check_store, check_writable, prepare
from tests.metadata_store import StoreBuilder, configuration
from tests.other_process import run_in_other_process

HOLD_STORE = """
import sqlite3
connection = sqlite3.connect({file!r}, isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
"""


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


def test_schema_that_does_not_parse_is_refused_with_its_line(table):
    (table / "schema.pbtxt").write_text('feature { name: "miles" }\nfeature { nmae: "tip" }\n')
    with pytest.raises(ConfigError) as refused:
        check_inputs(configuration(table, "schema.file=schema.pbtxt"))
    assert str(refused.value).startswith(f"schema {table}/schema.pbtxt, line 2: expected a schema in the protobuf text")
    assert "\n" not in str(refused.value)


def test_severity_is_for_any_column_of_the_table_or_the_schema_and_no_other(table):
    (table / "schema.pbtxt").write_text('feature { name: "elsewhere" type: INT }')
    schema = "schema.file=schema.pbtxt"
    named = [f"validation.columns.{name}=never" for name in ("miles", "tip", "zone", "elsewhere")]
    assert check_inputs(configuration(table, schema, *named)).rows == 200
    with pytest.raises(ConfigError) as refused:
        check_inputs(configuration(table, *named))
    assert str(refused.value) == (
        "validation.columns: expected columns of the table or the schema, received 'elsewhere'; correct the name."
    )
    with pytest.raises(ConfigError, match=r"received 'zoen' \(did you mean 'zone'\?\)"):
        check_inputs(configuration(table, "validation.columns.zoen=never"))


def test_existing_schema_is_accepted(table):
    (table / "schema.pbtxt").touch()
    assert check_inputs(configuration(table, "schema.file=schema.pbtxt")).rows == 200


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "miles;zone;tip\n1;2;0\n1;2;1\n",
            r"trips\.csv: expected values between commas .* received ';'; set data\.reader",
        ),
        (
            "miles,zone,tip\n2020-01-01,2,0\n2020-01-02,2,1\n",
            r"'miles': expected numbers or text .* received DATE; write",
        ),
        ("miles,zone,tip\n1,2,true\n1,2,false\n", r"'tip': expected numbers or text .* received BOOLEAN"),
    ],
)
def test_table_that_another_reader_reads_differently_is_refused(tmp_path, text, sentence):
    (tmp_path / "trips.csv").write_text(text + text.split("\n", 1)[1] * 200)
    settings = ("data.split.eval=0.5", "features.miles=categorical")
    with pytest.raises(DataError, match=sentence):
        check_inputs(configuration(tmp_path, "data.reader=csv", *settings))
    assert check_inputs(configuration(tmp_path, *settings)).rows


@pytest.mark.parametrize(
    ("settings", "kind", "sentence"),
    [
        (
            ("schema.file=schema.pbtxt",),
            ConfigError,
            r"schema\.file schema\.pbtxt: expected .*, received no such file; ",
        ),
        (("data.source=trip.csv",), DataError, r"trip\.csv.*: expected .*, received .*; "),
        (("data.label=tips",), DataError, r"data\.label 'tips': .*no column 'tips'.*'tip'"),
        (("features.zones=numeric",), DataError, r"'zones': .*no column 'zones'.*'zone'"),
        (('data.query="SELECT * EXCLUDE (miles) FROM source"',), DataError, r"'miles': .*no column 'miles'"),
        (('data.query="SELEC * FROM source"',), DataError, "SELEC"),
        (("data.split.key=zon",), DataError, "'?zon'?"),
    ],
)
def test_input_that_does_not_match_the_configuration_is_refused_in_a_sentence(table, settings, kind, sentence):
    with pytest.raises(kind, match=sentence) as refused:
        check_inputs(configuration(table, *settings))
    assert "\n" not in str(refused.value)
    assert refused.value.exit_code == 2
    assert sorted(path.name for path in table.iterdir()) == ["pipeline.toml", "trips.csv"]


def test_folders_of_a_run_are_made_and_left_empty(tmp_path):
    prepare(configuration(tmp_path, "metadata.uri=sqlite:///meta/store.sqlite"))
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == [
        "meta",
        "meta/store.sqlite",
        "models",
        "pipeline.toml",
        "state",
    ]


@pytest.mark.parametrize(
    ("uri", "sentence"),
    [
        ("sqlite://", "metadata.uri sqlite://: expected a store that outlives the run, received one in memory"),
        (
            "postgresql://me:secret@host/taxi",
            "metadata.uri postgresql://: expected sqlite:///FILE or mysql://... (MySQL or MariaDB), received a",
        ),
    ],
)
def test_kind_of_store_that_cannot_record_runs_is_refused(tmp_path, uri, sentence):
    with pytest.raises(ConfigError) as refused:
        check_store(configuration(tmp_path, f"metadata.uri={uri}"))
    assert str(refused.value).startswith(sentence)
    assert "secret" not in str(refused.value)
    assert [path.name for path in tmp_path.iterdir()] == ["pipeline.toml"]


@pytest.mark.parametrize(
    ("setting", "key"),
    [
        ("state.directory=taken/state", "state.directory"),
        ("push.directory=taken/models", "push.directory"),
        ("metadata.uri=sqlite:///taken/store.sqlite", "metadata.uri"),
    ],
)
def test_folder_that_cannot_be_written_is_refused(tmp_path, setting, key):
    (tmp_path / "taken").touch()
    with pytest.raises(ConfigError) as refused:
        prepare(configuration(tmp_path, setting))
    folder = tmp_path / "taken" / (setting.partition("/")[2] if key != "metadata.uri" else "")
    assert str(refused.value) == (
        f"{key}: {folder}: expected a folder that can be written, "
        f"received {'File exists' if key == 'metadata.uri' else 'Not a directory'}; change {key}."
    )


def test_store_that_another_process_locks_is_refused(tmp_path, monkeypatch):
    config = configuration(tmp_path)
    StoreBuilder(config).whole_run("before")
    monkeypatch.setattr(preflight, "LOCK_WAIT_SECONDS", 0.1)
    with run_in_other_process(HOLD_STORE.format(file=str(config.metadata_file))), pytest.raises(StoreError) as refused:
        prepare(config)
    assert str(refused.value) == (
        f"metadata store {config.metadata_file}: expected a store that no other process holds, "
        "received database is locked; wait for that process to end, or stop it."
    )
    prepare(config)


def test_store_that_is_not_a_database_is_refused_and_unchanged(tmp_path):
    config = configuration(tmp_path)
    config.metadata_file.parent.mkdir()
    config.metadata_file.write_text("no database " * 100)
    with pytest.raises(StoreError, match="expected an SQLite file, received file is not a database; set metadata.uri"):
        prepare(config)
    assert config.metadata_file.read_text() == "no database " * 100


def test_store_that_is_a_folder_is_refused(tmp_path):
    config = configuration(tmp_path)
    config.metadata_file.mkdir(parents=True)
    with pytest.raises(
        StoreError, match="expected an SQLite file, received unable to open database file; set metadata"
    ):
        prepare(config)


def test_store_is_not_changed_by_the_check(tmp_path):
    config = configuration(tmp_path)
    StoreBuilder(config).whole_run("before")
    before = config.metadata_file.read_bytes()
    prepare(config)
    assert config.metadata_file.read_bytes() == before
    with sqlite3.connect(config.metadata_file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_state_that_others_could_read_loses_their_permissions(tmp_path):
    config = configuration(tmp_path)
    StoreBuilder(config).whole_run("before")
    config.artifacts.mkdir(parents=True, exist_ok=True)
    config.logs.mkdir()
    places = [config.path("state"), config.artifacts, config.logs, config.metadata_file]
    for path in places:
        path.chmod(0o666 if path.is_file() else 0o775)
    prepare(config)
    assert [oct(mode(path)) for path in places] == ["0o700", "0o700", "0o700", "0o600"]


def test_folder_with_the_project_and_the_state_keeps_its_permissions(tmp_path):
    config = configuration(tmp_path, "state.directory=.", "metadata.uri=sqlite:///store.sqlite")
    for folder in (tmp_path / "logs", config.artifacts):
        folder.mkdir(parents=True)
    for folder in (tmp_path, tmp_path / "logs", config.artifacts):
        folder.chmod(0o755)
    prepare(config)
    rights = [oct(mode(folder)) for folder in (tmp_path, tmp_path / "logs", config.artifacts)]
    assert rights == ["0o755", "0o755", "0o700"]


def test_check_of_a_folder_leaves_no_file_and_removes_none(tmp_path):
    (tmp_path / f".penstock-{os.getpid()}").write_text("mine")
    check_writable("state.directory", tmp_path)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


@pytest.fixture
def outside():
    """Yield a folder that every user can enter."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


def as_another_user(function, *arguments):
    """Return the error of a function that is called by a user other than root, who may write everything."""
    if os.geteuid() != 0:
        return caught(function, *arguments)
    with multiprocessing.get_context("fork").Pool(1, initializer=os.setuid, initargs=(65534,)) as pool:
        return pool.apply(caught, (function, *arguments))


def caught(function, *arguments):
    try:
        function(*arguments)
    except Exception as error:
        return error
    return None


def test_store_that_can_only_be_read_is_refused_before_anything_runs(outside):
    config = configuration(outside)
    StoreBuilder(config).whole_run("before")
    for folder in (outside, *(path for path in outside.rglob("*") if path.is_dir())):
        folder.chmod(0o777)
    config.metadata_file.chmod(0o666)
    assert as_another_user(prepare, config) is None
    config.metadata_file.chmod(0o444)
    error = as_another_user(prepare, config)
    assert str(error) == (
        f"metadata store {config.metadata_file}: expected an SQLite file that can be written, received attempt to "
        f"write a readonly database; allow writing to it and to {config.metadata_file.parent}, or set metadata.uri "
        "to another file."
    )
    assert error.exit_code == 2


def test_store_in_a_folder_that_can_only_be_read_is_refused_before_anything_runs(outside):
    config = configuration(outside, "metadata.uri=sqlite:///kept/metadata.sqlite")
    StoreBuilder(config).whole_run("before")
    for folder in (outside, *(path for path in outside.rglob("*") if path.is_dir())):
        folder.chmod(0o777)
    config.metadata_file.chmod(0o666)
    config.metadata_file.parent.chmod(0o555)
    error = as_another_user(prepare, config)
    assert str(error).startswith(f"metadata.uri: {config.metadata_file.parent}: expected a folder that can be written")


FAIR = 'fairness={{attributes=["{name}"], metric="error", max_difference=0.1{bins}}}'


@pytest.mark.parametrize(("name", "bins"), [("zone", ""), ("zone", ", bins={zone=[2]}")])
def test_attribute_that_is_no_feature_is_a_column_of_the_table(table, name, bins):
    assert check_inputs(configuration(table, FAIR.format(name=name, bins=bins))).rows == 200


@pytest.mark.parametrize(
    ("name", "bins", "query", "parts"),
    [
        ("zonne", "", "", ("a column of the table", "no such column (did you mean 'zone'?)", "keep it in data.query")),
        ("z", "", "SELECT *, zone / 7 AS z FROM source", ("text, codes or flags, or edges", "a column of numbers")),
        ("z", "", "SELECT *, 'n' || row_number() OVER () AS z FROM source", ("at most 50 values", "received 200")),
        ("z", ", bins={z=[2]}", "SELECT *, 'n' AS z FROM source", ("a column of numbers", "a column of text")),
    ],
)
def test_attribute_without_groups_is_refused(table, name, bins, query, parts):
    settings = [FAIR.format(name=name, bins=bins), *([f'data.query="{query}"'] if query else [])]
    with pytest.raises((ConfigError, DataError)) as refused:
        check_inputs(configuration(table, *settings))
    assert all(part in str(refused.value) for part in parts), str(refused.value)
