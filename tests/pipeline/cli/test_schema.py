"""`penstock schema`: show, diff and accept, and the errors after which the file is not changed."""

import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from penstock.core.errors import ConfigError, DataError
from penstock.core.machine import user_name
from penstock.registry.documents import TokenBody
from penstock.registry.opening import open_registry
from pipeline.cli.app import app
from tests.metadata_store import CONFIGURATION, StoreBuilder, configuration

SCHEMA = """# Reviewed in May.
feature { name: "miles" type: FLOAT presence { min_count: 1 } }
feature {
  name: "paid"  # how
  type: BYTES
  domain: "kinds"
  presence { min_fraction: 1.0 min_count: 1 }
}
feature { name: "tip" type: INT presence { min_fraction: 1.0 min_count: 1 } not_in_environment: "SERVING" }
string_domain {
  name: "kinds"
  value: "card"  # the usual one
}
default_environment: "TRAINING"
default_environment: "SERVING"
"""
WITH_FILE = f'{CONFIGURATION}[schema]\nfile = "schema.pbtxt"\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pipeline.toml").write_text(WITH_FILE)
    (tmp_path / "schema.pbtxt").write_text(SCHEMA)
    rows(tmp_path / "trips.csv", "card")
    return tmp_path


def rows(file: Path, *kinds: str, more: str = "", value: str = "", label: bool = True, first: float = 0.05) -> None:
    """Write two hundred rows, of a tenth more miles each; `more` is another column, with a value in each row."""
    lines = ["miles,paid" + (",tip" if label else "") + (f",{more}" if more else "")]
    for number in range(200):
        cells = [f"{number / 10 + first}", kinds[number % len(kinds)], *([str(number % 2)] if label else [])]
        lines.append(",".join([*cells, *([value] if more else [])]))
    file.write_text("\n".join(lines) + "\n")


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["schema", *arguments])


def refused(*arguments: str) -> str:
    """Return the sentence with which a call is refused."""
    result = call(*arguments)
    assert isinstance(result.exception, ConfigError | DataError), result.output
    assert result.exception.exit_code == 2
    assert "\n" not in str(result.exception)
    return str(result.exception)


def test_configured_schema_is_shown_column_by_column():
    result = call("show")
    assert result.exit_code == 0
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["Schema:", "schema.file", "schema.pbtxt"],
        [],
        ["Column", "Type", "Must", "be", "present", "Not", "in", "May", "hold"],
        ["miles", "number", "in", "some", "row", "anything"],
        ["paid", "text", "in", "every", "row", "card"],
        ["tip", "whole", "number", "in", "every", "row", "SERVING", "anything"],
    ]


def test_json_of_the_schema_is_plain_data(folder):
    output = json.loads(call("show", "--json").stdout)
    assert (output["schema"], output["origin"], output["written"]) == (
        str(folder / "schema.pbtxt"),
        "schema.file schema.pbtxt",
        None,
    )
    assert output["environments"] == ["TRAINING", "SERVING"]
    assert output["columns"][0] == {
        **{"column": "miles", "type": "number", "presence": "in some row"},
        **{"domain": "anything", "not_in_environment": []},
    }


@pytest.fixture
def inferred(folder: Path) -> Path:
    """Take the configured schema away, and leave one that a run inferred."""
    (folder / "schema.pbtxt").unlink()
    builder = StoreBuilder(configuration(folder))
    schema = builder.whole_run("20260504-120000")["schema"]
    place = Path(builder._known(schema).uri)
    place.mkdir(parents=True)
    (place / "schema.pbtxt").write_text(SCHEMA)
    return place / "schema.pbtxt"


def test_schema_of_the_last_run_is_written_for_review(inferred, folder):
    result = call("show", "--write", "mine.pbtxt")
    assert result.exit_code == 0
    assert result.stdout.startswith("Schema: inferred by run 20260504-120000\n")
    assert result.stdout.endswith(
        'Wrote mine.pbtxt. To check each run with it, add to pipeline.toml:\n\n[schema]\nfile = "mine.pbtxt"\n'
    )
    assert (folder / "mine.pbtxt").read_text() == inferred.read_text()


def test_existing_file_is_not_overwritten(folder):
    (folder / "mine.pbtxt").write_text("mine")
    sentence = refused("show", "--write", "mine.pbtxt")
    assert sentence == "--write mine.pbtxt: expected a new file, received an existing one; name another."
    assert (folder / "mine.pbtxt").read_text() == "mine"


def test_accepting_without_a_file_says_how_to_get_one(inferred):
    assert refused("accept", "paid") == (
        "schema.file: expected a curated schema to change, received none; write one with "
        '`penstock schema show --write schema.pbtxt`, then set `file = "schema.pbtxt"` in [schema].'
    )


def test_without_file_and_run_there_is_no_schema(folder):
    configuration(folder)
    assert refused("show").startswith("the schema: expected schema.file, or a run that inferred one, received neither")


@pytest.mark.parametrize("verb", [("show",), ("diff",), ("accept", "paid")])
def test_file_that_does_not_parse_is_refused_with_its_line(verb, folder):
    text = SCHEMA.replace("type: BYTES", "type: TEXT")
    (folder / "schema.pbtxt").write_text(text)
    assert refused(*verb).startswith(f"schema {folder}/schema.pbtxt, line 5: expected a schema")
    assert (folder / "schema.pbtxt").read_text() == text


@pytest.mark.parametrize(("arguments", "received"), [((), "neither"), (("paid", "--all"), "both")])
def test_accepting_takes_columns_or_all(arguments, received):
    assert refused("accept", *arguments) == (
        f"accept: expected columns, or --all, received {received}; name the columns to accept."
    )


@pytest.mark.slow
def test_rows_that_agree_with_the_schema_have_no_difference():
    result = call("diff")
    assert (result.exit_code, result.stdout) == (
        0,
        f"{Path.cwd()}/trips.csv agrees with the schema (schema.file schema.pbtxt).\n",
    ), result.exception


@pytest.mark.slow
def test_difference_is_shown_with_the_change_and_the_command_that_allow_it(folder):
    rows(folder / "trips.csv", "card", "cash", more="new col", value="7")
    result = call("diff")
    assert result.exit_code == 1, result.exception
    text = result.stdout
    assert text.startswith("2 columns differ from the schema (schema.file schema.pbtxt):\n")
    assert "\npaid\n  allowed  text, must be there: in every row, may hold card\n" in text
    assert "cash" in text.partition("  found ")[2]
    assert "  change   may hold also cash\n" in text
    assert "  allowed  nothing: the column is not in the schema\n" in text
    assert text.endswith("To allow them: penstock schema accept 'new col' paid\n")


@pytest.mark.slow
def test_only_the_accepted_column_changes_in_the_file(folder):
    rows(folder / "trips.csv", "card", "cash", more="new", value="7")
    result = call("accept", "paid")
    assert result.exit_code == 0, result.exception
    assert result.stdout == (
        "accepted  paid: may hold also cash\n"
        f"Recorded in the registry: accepted by {user_name()}.\n"
        "schema.pbtxt is changed; review it, then run `penstock run`. Not accepted: new.\n"
    )
    added = '  value: "card"  # the usual one\n'
    assert (folder / "schema.pbtxt").read_text() == SCHEMA.replace(added, f'{added}  value: "cash"\n')
    assert [each["column"] for each in json.loads(call("diff", "--json").stdout)["differences"]] == ["new"]
    assert [path.name for path in folder.iterdir() if path.name.endswith(".part")] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "miles,paid,tip\nmuch,card,1\n",  # another type
        "miles,paid,tip\n1.5,,0\n",  # a value missing
        "miles,paid,tip,x.y,größe\n1.5,cash,0,1,s\n",  # new columns with odd names
        "paid,tip\ncard,1\n",  # a column gone
        "miles,paid,tip\n1.5,card,oft\n",  # a label of another type
    ],
)
def test_all_changes_accepted_leave_no_difference(folder, text):
    header, row = text.splitlines()
    (folder / "other.csv").write_text("\n".join([header, *[row] * 50]) + "\n")
    assert call("diff", "other.csv").exit_code == 1
    result = call("accept", "--all", "--source", "other.csv")
    assert result.exit_code == 0, result.exception
    again = call("diff", "other.csv")
    assert again.exit_code == 0, again.stdout
    kept = (folder / "schema.pbtxt").read_text()
    assert all(comment in kept for comment in ("# Reviewed in May.", "# how", "# the usual one"))


@pytest.mark.slow
def test_serving_rows_need_no_label_and_may_have_other_columns(folder):
    rows(folder / "new.csv", "card", more="note", value="x", label=False)
    assert call("diff", "new.csv", "--environment", "SERVING").exit_code == 0
    output = json.loads(call("diff", "new.csv", "--json").stdout)
    assert (output["environment"], [each["column"] for each in output["differences"]]) == ("TRAINING", ["note", "tip"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("accept", "miles"),
            "accept 'miles': expected a change of that column, received none; paid can be accepted; ",
        ),
        (("accept", "payd"), "received no such column (did you mean 'paid'?); see `penstock schema diff`."),
        (("accept", "paid", "miles"), "accept 'miles': expected a change of that column"),
        (
            ("diff", "--environment", "SERVIN"),
            "--environment SERVIN: expected one of TRAINING, SERVING, received 'SERVIN' (did you mean 'SERVING'?)",
        ),
        (("diff", "none.csv"), "none.csv"),
        (("accept", "--all", "--source", "none.csv"), "none.csv"),
    ],
)
def test_missing_column_or_change_is_refused_and_nothing_is_overwritten(folder, arguments, sentence):
    rows(folder / "trips.csv", "card", "cash")
    assert sentence in refused(*arguments)
    assert (folder / "schema.pbtxt").read_text() == SCHEMA


@pytest.mark.slow
def test_changes_are_accepted_only_if_they_are_those_that_were_shown(folder):
    rows(folder / "trips.csv", "card", "cash")
    shown = json.loads(call("diff", "--json").stdout)["digest"]
    rows(folder / "trips.csv", "card", "cheque")
    sentence = refused("accept", "paid", "--expect", shown)
    assert sentence.startswith(f"--expect: expected the changes {shown}, received ")
    assert (folder / "schema.pbtxt").read_text() == SCHEMA
    shown = json.loads(call("diff", "--json").stdout)["digest"]
    assert call("accept", "--expect", shown, "--", "paid").exit_code == 0
    assert "cheque" in (folder / "schema.pbtxt").read_text()
    assert "as the rows or the schema have changed" in refused("accept", "paid", "--expect", shown)


@pytest.mark.slow
def test_accepting_without_a_difference_does_not_change_the_file(folder):
    assert "expected a change of that column, received none in any column" in refused("accept", "paid")
    result = call("accept", "--all")
    assert (result.exit_code, result.stdout) == (0, "schema.pbtxt is not changed.\n")
    assert (folder / "schema.pbtxt").read_text() == SCHEMA


def push(folder: Path) -> None:
    """Leave version 4, with the statistics of the configured rows."""
    from penstock.config.loading import load
    from penstock.versions.record import STATISTICS
    from pipeline.schema.statistics import by_split

    config = load()
    pushed = folder / "models" / "4" / STATISTICS
    pushed.parent.mkdir(parents=True)
    pushed.write_bytes(by_split(config.input, config.splits)["train"].SerializeToString())


@pytest.mark.slow
def test_distance_from_the_pushed_model_is_shown_with_its_mark(folder):
    push(folder)
    rows(folder / "new.csv", "card", "cash", "cash", label=False)
    assert "0 of 1 columns above their threshold" in call("diff", "new.csv", "--environment", "SERVING").stdout
    text = call("diff", "new.csv", "--environment", "SERVING", "--set", "features.paid=categorical").stdout
    assert "Distance from the training data of version 4: 1 of 2 columns above their threshold" in text
    [line] = [line for line in text.splitlines() if line.startswith("paid ")]
    assert line.split()[1::2] == ["L-infinity", "0.1"]
    assert line.endswith("above")


@pytest.mark.slow
def test_distance_above_its_threshold_is_a_difference_with_strict(folder):
    serving = ("diff", "new.csv", "--environment", "SERVING", "--strict", "--set", "features.paid=categorical")
    rows(folder / "new.csv", "card", label=False)
    sentence = refused(*serving)
    assert (
        "--strict: expected columns to compare with a pushed version, received no version with statistics" in sentence
    )
    push(folder)
    assert call(*serving).exit_code == 0
    rows(folder / "new.csv", "card", label=False, first=50.0)
    assert call(*serving[:-3], *serving[-2:]).exit_code == 0
    result = call(*serving)
    assert (result.exit_code, "agrees with the schema" in result.stdout) == (1, True)
    assert call(*serving, "--set", "drift.columns.miles=1").exit_code == 0
    (folder / "new.csv").write_text("other\n1\n")
    assert "received none that version 4 has too" in refused(*serving)


def token(folder: Path, name: str) -> str:
    """Make a token of the registry of the project."""
    with open_registry(configuration(folder, text=WITH_FILE)) as registry:
        _, text = registry.create_token(TokenBody(name=name, scopes=("write",)))
    return text


@pytest.mark.slow
def test_registry_has_who_accepted_which_changes_and_the_schema_shows_it(folder, monkeypatch):
    rows(folder / "trips.csv", "card", "cash")
    monkeypatch.setenv("PENSTOCK_REGISTRY__TOKEN", token(folder, "ann"))
    found = json.loads(call("accept", "--all", "--json").stdout)
    assert found["recorded"] == {"by": "ann", "problem": ""}
    monkeypatch.delenv("PENSTOCK_REGISTRY__TOKEN")
    rows(folder / "trips.csv", "card", "coins")
    assert call("accept", "paid").exit_code == 0
    shown = call("show").stdout.partition("Accepted changes, newest first:\n")[2]
    times, changes = shown.splitlines()[1::3], shown.splitlines()[2::3]
    assert [each.partition(" UTC by ")[2] for each in times] == [user_name(), f"ann, as user {user_name()}"]
    assert changes == ["  paid: may hold also coins", "  paid: may hold also cash"]
    newest, first = json.loads(call("show", "--json").stdout)["accepted"]
    assert (first["by"], first["user"], first["file"]) == ("ann", user_name(), "schema.pbtxt")
    assert newest["digest"] == hashlib.sha256((folder / "schema.pbtxt").read_bytes()).hexdigest() != first["digest"]
    with open_registry(configuration(folder, text=WITH_FILE)) as registry:
        assert registry.faults() == []


@pytest.mark.slow
@pytest.mark.parametrize("problem", ["token", "file"])
def test_changes_that_cannot_be_recorded_are_accepted_and_the_command_says_so(folder, monkeypatch, problem):
    rows(folder / "trips.csv", "card", "cash")
    monkeypatch.setenv("PENSTOCK_REGISTRY__TOKEN", token(folder, "ann")[:-1])
    if problem == "file":
        (folder / "state" / "registry.sqlite").write_text("no database")
    result = call("accept", "paid")
    assert result.exit_code == 0
    line = next(line for line in result.stdout.splitlines() if "not recorded" in line)
    assert line.startswith(f"It is not recorded that {user_name()} accepted this: ")
    assert ("the token" if problem == "token" else "registry.sqlite") in line
    assert 'value: "cash"' in (folder / "schema.pbtxt").read_text()
    if problem == "file":
        assert "Who accepted changes is not known: " in call("show").stdout


@pytest.mark.slow
def test_nothing_is_recorded_without_changes_or_if_the_configuration_says_so(folder):
    assert json.loads(call("accept", "--all", "--json").stdout)["recorded"] is None
    rows(folder / "trips.csv", "card", "cash")
    off = ("--set", "registry.record=false")
    assert json.loads(call("accept", "--all", "--json", *off).stdout)["recorded"] is None
    assert not (folder / "state" / "registry.sqlite").exists()
