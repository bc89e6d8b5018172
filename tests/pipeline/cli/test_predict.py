"""`penstock predict`, from the command line to the file."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

from penstock.core.errors import PenstockError
from penstock.tables.values.interpretation import ColumnFormat, Interpretation, Result
from pipeline.cli.predict import predict
from tests.pipeline.cli.command import penstock_with_tensorflow
from tests.small_models import save_models

PROJECT = Path(__file__).resolve().parents[3]
CONFIGURATION = """
name = "prices"
[data]
source = "rows.csv"
label = "price"
[features]
color = "categorical"
[evaluation]
metric = "auc"
min = 0.5
[push]
directory = "models"
"""
SAID = {
    "version": 1,
    "interpretation": Interpretation(
        (ColumnFormat("color", "text", "VARCHAR"), ColumnFormat("count", "integer", "BIGINT")),
        ",",
        (Result("color", "VARCHAR", "color"), Result("count", "BIGINT", "count")),
    ).as_dict(),
    "features": [
        {"name": "color", "role": "categorical", "input": "color", "vocabulary": 0, "unseen": 0.1},
        {"name": "count", "role": "numeric", "input": "count", "vocabulary": None, "unseen": None},
    ],
}
for each in SAID["features"]:
    each |= {"width": None, "low": None, "high": None if each["vocabulary"] == 0 else 1000}
PROGRAM = """
import sys, typer
from pipeline.cli.predict import predict
from penstock.core.errors import PenstockError
app = typer.Typer()
app.command()(predict)
try:
    code = app(standalone_mode=False) or 0
except PenstockError as error:
    sys.stderr.write(f"{error}\\n")
    code = error.exit_code
if "--json" not in sys.argv:
    sys.stderr.write(f"TensorFlow: {'tensorflow' in sys.modules}\\n")
sys.exit(code)
"""

app = typer.Typer()
app.command()(predict)


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "pipeline.toml").write_text(CONFIGURATION)
    (tmp_path / "rows.csv").write_text("color,count\nred,2\nblue,\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def pushed(tmp_path_factory):
    """Return a push directory; version 2 doubles the count and adds a hundred for red, version 10 trebles it."""
    return save_models(tmp_path_factory.mktemp("pushed"), {2: 2.0, 10: 3.0})


def call(*arguments):
    """Run the command in a separate process."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(PROJECT), "TF_ENABLE_ONEDNN_OPTS": "0"},
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rows.csv"], "no model under .*models: expected a pushed version, received none; run `penstock run` first"),
        (["rows.csv", "--config", "other.toml"], "no configuration other.toml"),
        (["rows.csv", "--set", "push.folder=x"], "push.folder"),
        (["rows.csv", "--json"], "--json: expected --output FILE as well"),
        (["rows.csv", "--output", "rows.csv"], "another file than the input"),
        (["rows.csv", "--output", "scored.xls"], "received '.xls'"),
        (["rows.csv", "--output", "none/scored.csv"], "received no such folder"),
        (["rows.csv", "--model", "models"], "received no such folder"),
        (["rows.csv", "--model", "m", "--version", "1"], "expected one of them, received both"),
        (["rows.csv", "--set", "push.directory=pushed", "--version", "5"], "expected one of 7, received 5"),
        (["other.csv", "--model", "said"], "other.csv: .*received no such file"),
        (["header.csv", "--model", "said"], "received a header only"),
        (["rows.txt", "--model", "said"], "received '.txt'"),
        (["rows.csv", "--model", "damaged"], "columns.json: expected how columns are read, received JSONDecodeError"),
        (["rows.csv", "--model", "newer"], "columns.json: expected version 1 of the document, received 2; use the"),
    ],
)
def test_error_is_one_sentence_with_exit_code_two_and_no_output(project, arguments, said):
    (project / "pushed" / "7").mkdir(parents=True)
    (project / "pushed" / "7" / "saved_model.pb").touch()
    for name, text in (("said", json.dumps(SAID)), ("damaged", json.dumps(SAID)[:99]), ("newer", '{"version": 2}')):
        make_model(project / name, text)
    (project / "header.csv").write_text("color,count\n")
    (project / "rows.txt").write_text("color,count\nred,1\n")
    before = sorted(project.rglob("*"))
    result = CliRunner().invoke(app, arguments)
    assert isinstance(result.exception, PenstockError)
    assert result.exception.exit_code == 2
    assert_sentence(str(result.exception), said)
    assert sorted(project.rglob("*")) == before


def make_model(folder, text):
    """Write files that look like a model until TensorFlow loads them, and the document of its columns."""
    (folder / "assets.extra").mkdir(parents=True)
    (folder / "saved_model.pb").touch()
    (folder / "assets.extra" / "columns.json").write_text(text)


def assert_sentence(text, said):
    assert re.search(said, text), text
    assert "\n" not in text


@pytest.mark.slow
def test_error_in_the_rows_is_reported_without_tensorflow(project):
    make_model(project / "m", json.dumps(SAID))
    (project / "empty.csv").touch()
    result = call("empty.csv", "--model", "m")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.endswith("received an empty file (0 bytes); fill or remove the file.\nTensorFlow: False\n")


@pytest.mark.slow
def test_damaged_version_is_refused_without_tensorflow_and_leaves_nothing(project):
    from penstock.versions import record

    version = project / "models" / "3"
    version.mkdir(parents=True)
    (version / "saved_model.pb").write_text("graph")
    record.write(version, record.content_digest(version))
    (version / "saved_model.pb").write_text("gr")
    command = [sys.executable, "-c", PROGRAM, "rows.csv", "--output", "scored.csv"]
    done = subprocess.run(command, cwd=project, env={"PYTHONPATH": str(PROJECT)}, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == (
        f"version 3 in {version}: expected the files that were pushed, received saved_model.pb has 2 bytes instead "
        "of 5; write `penstock run`, which repairs it.\nTensorFlow: False\n"
    )
    assert not (project / "scored.csv").exists()


def test_help_names_every_option_with_its_meaning():
    text = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200", "TERM": "dumb"}).stdout
    for option in ("--config", "--set", "--model", "--version", "--output", "--batch-size", "--json", "--debug"):
        assert option in text


@pytest.mark.slow
def test_newest_version_scores_to_standard_output_and_reports_on_standard_error(project, pushed):
    result = call("rows.csv", "--set", f"push.directory={pushed}")
    assert (result.returncode, result.stdout) == (0, "color,count,prediction\nred,2,106\nblue,,0\n")
    first, second = result.stderr.splitlines()
    assert first.startswith("Scored 2 rows with version 10 in ")
    assert first.endswith(" s: standard output")
    assert second == "TensorFlow: True"


@pytest.mark.slow
def test_given_version_scores_and_json_reports_the_result(project, pushed):
    options = ("--version", "2", "--set", f"push.directory={pushed}", "--output", "scored.jsonl", "--json")
    result = penstock_with_tensorflow(project, "predict", "rows.csv", *options)
    assert (result.returncode, result.stderr) == (0, "")
    printed = json.loads(result.stdout)
    assert printed.pop("seconds") > 0
    assert printed == {
        "rows": 2,
        "model": {"version": 2, "directory": str(pushed / "2")},
        "output": "scored.jsonl",
        "columns": ["prediction"],
        "unseen": {},
        "outside": {},
        "computed": [],
        "taken": [],
        "warnings": [],
    }
    rows = [json.loads(line) for line in (project / "scored.jsonl").read_text().splitlines()]
    assert rows == [
        {"color": "red", "count": 2, "prediction": 104},
        {"color": "blue", "count": None, "prediction": 0},
    ]


@pytest.mark.slow
def test_batches_of_any_size_give_the_same_file(project, pushed):
    (project / "rows.csv").write_text("color,count\n" + "".join(f"red,{number}\n" for number in range(100)))
    files = []
    for size in ("1", "7", "1000"):
        target = project / f"{size}.csv"
        CliRunner().invoke(
            app, ["rows.csv", "--model", str(pushed / "2"), "--output", str(target), "--batch-size", size],
            catch_exceptions=False,
        )  # fmt: skip
        files.append(target.read_text())
    assert files[0].splitlines()[-1] == "red,99,298"
    assert files == [files[0]] * 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colour,amount\nred,1\n", r"no 'color' \(did you mean 'colour'\?\), no 'count'.*add or rename the columns"),
        ("color,count\nred,1\nred,many\n", r"rows\.csv, line 3, column 'count': .*received 'many'"),
        ("color,count,prediction\nred,1,1\n", "a column 'prediction', which is also an output of version 2"),
    ],
)
def test_rows_that_do_not_fit_the_model_leave_nothing(project, pushed, text, said):
    (project / "rows.csv").write_text(text)
    (project / "scored.csv").write_text("as before")
    result = CliRunner().invoke(app, ["rows.csv", "--model", str(pushed / "2"), "--output", "scored.csv"])
    assert isinstance(result.exception, PenstockError)
    assert_sentence(str(result.exception), said)
    assert (project / "scored.csv").read_text() == "as before"
    assert sorted(path.name for path in project.iterdir()) == ["pipeline.toml", "rows.csv", "scored.csv"]


@pytest.mark.slow
def test_closed_pipe_is_no_error(project, pushed):
    (project / "rows.csv").write_text("color,count\n" + "red,1\n" * 200_000)
    line = f'"{sys.executable}" -m pipeline.cli.main predict rows.csv --model "{pushed / "2"}" | head -n 2'
    result = subprocess.run(
        ["bash", "-c", line + '; echo "${PIPESTATUS[0]}"'],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(PROJECT), "PATH": "/usr/bin:/bin"},
    )
    assert result.stdout == "color,count,prediction\nred,1,102\n0\n"
    assert "Error" not in result.stderr


@pytest.fixture(scope="session")
def saying(pushed, tmp_path_factory):
    """Return version 2 with the document of its columns and the colors of training."""
    folder = tmp_path_factory.mktemp("saying") / "2"
    shutil.copytree(pushed / "2", folder)
    (folder / "assets.extra").mkdir()
    (folder / "assets.extra" / "columns.json").write_text(json.dumps(SAID))
    (folder / "assets").mkdir(exist_ok=True)
    (folder / "assets" / "vocabulary").write_text("0\x1e\n0\x1fred\n0\x1fblue\n1\x1e\n")
    return folder


@pytest.mark.slow
def test_unseen_values_are_on_the_screen_and_in_the_json(project, saying):
    (project / "rows.csv").write_text("color,count\nred,2\ngreen,5000\ngrey,\nblue,1\n")
    words = ("predict", "rows.csv", "--model", str(saying))
    result = penstock_with_tensorflow(project, *words)
    assert (result.returncode, result.stdout.splitlines()[1:3]) == (0, ["red,2,104", "green,5000,10000"])
    assert result.stderr.splitlines()[:3] == [
        "color: 2 of 4 rows hold a value unseen in training, 10.0% in the evaluation",
        "count: 1 of 4 rows are far outside training, no least to 1000",
        "Warning: color has more unseen values than the evaluation had: the scores are worth less than its metrics",
    ]
    printed = json.loads(penstock_with_tensorflow(project, *words, "--output", "scored.csv", "--json").stdout)
    assert (printed["unseen"], printed["outside"], printed["computed"]) == ({"color": 2}, {"count": 1}, [])
    assert [warning.partition(" ")[0] for warning in printed["warnings"]] == ["color"]


@pytest.mark.slow
def test_rows_are_scored_equally_in_every_format_if_the_model_has_a_document(project, saying):
    rows = [{"color": "red", "count": "2"}, {"color": "blue", "count": "NA"}, {"color": None, "count": "7"}]
    (project / "rows.csv").write_text("color,count\nred,2\nblue,NA\n,7\n")
    (project / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    pq.write_table(pa.Table.from_pylist(rows), project / "rows.parquet")
    for name in ("rows.csv", "rows.jsonl", "rows.parquet"):
        arguments = [name, "--model", str(saying), "--output", "scored.jsonl"]
        CliRunner().invoke(app, arguments, catch_exceptions=False)
        scored = [json.loads(line)["prediction"] for line in (project / "scored.jsonl").read_text().splitlines()]
        assert scored == [104, 0, 14], name


AT_WRITE = """
import os, signal
real = os.fsync
def sent(descriptor):
    os.kill(os.getpid(), signal.{how})
    real(descriptor)
os.fsync = sent
"""


@pytest.mark.slow
@pytest.mark.parametrize(("how", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_predict_that_is_interrupted_while_it_writes_leaves_nothing(project, pushed, how, code):
    before = sorted(project.iterdir())
    words = ["predict", "rows.csv", "--model", str(pushed / "2"), "--output", "scored.csv"]
    done = penstock_with_tensorflow(project, *words, program=AT_WRITE.format(how=how))
    assert (done.returncode, done.stdout) == (code, "")
    said = f"the command was interrupted: received {how}; nothing half-written is left, start it again.\n"
    assert done.stderr == said
    assert sorted(project.iterdir()) == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("output", "code", "said"),
    [
        ("> /dev/full", 2, "standard output: .*received No space left on device"),
        (">&-", 2, "standard output: expected one that is open, received a closed one; name a file with --output"),
        ("2>&-", 0, "^$"),
    ],
)
def test_output_that_cannot_be_written_ends_predict(project, pushed, output, code, said):
    line = f'"{sys.executable}" -m pipeline.cli.main predict rows.csv --model "{pushed / "2"}" {output}'
    environment = {"PYTHONPATH": str(PROJECT), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, env=environment)
    assert done.returncode == code
    assert re.search(said, done.stderr)
    assert done.stderr.count("\n") <= 1
