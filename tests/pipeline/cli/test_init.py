"""`penstock init` as a shell calls it."""

import json
import tomllib

import pytest

from tests.pipeline.cli.command import penstock

ROWS = "fare in €,zip,id,when,label\n" + "".join(
    f"{n % 13}.5,{10000 + n % 4},{n},2020-01-{1 + n % 28:02},{'spam' if n % 3 else 'ham'}\n" for n in range(120)
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "rows.csv").write_text(ROWS)
    return tmp_path


@pytest.mark.slow
def test_init_lists_the_role_of_each_column_and_the_next_command(folder):
    done = penstock(folder, "init", "rows.csv", "--label", "label")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert lines[0].startswith("Task: binary, to predict 'label'")
    by_column = {line.split("  ")[0]: line for line in lines}
    assert "numeric" in by_column["fare in €"]
    assert "a code by its name" in by_column["zip"]
    assert "timestamp" in by_column["when"]
    assert "it numbers the rows" in by_column["id"]
    assert lines[-3:] == ["Wrote pipeline.toml", "Wrote schema.pbtxt", "Next: penstock run"]
    assert sorted(path.name for path in folder.iterdir()) == ["pipeline.toml", "rows.csv", "schema.pbtxt"]


@pytest.mark.slow
def test_init_with_json_prints_one_object(folder):
    done = penstock(folder, "init", "rows.csv", "--label", "label", "--name", "mine", "--config", "mine.toml", "--json")
    printed = json.loads(done.stdout)
    read = tomllib.loads((folder / "mine.toml").read_text())
    assert (printed["task"], printed["name"], printed["rows"], printed["sampled"]) == ("binary", "mine", 120, 120)
    assert printed["features"] == read["features"]
    assert set(printed["left_out"]) == {"id"}
    assert (read["data"]["query"].strip(), read["name"]) == (printed["query"].strip(), "mine")
    assert printed["files"] == ["mine.toml", "schema.pbtxt"]
    assert printed["next"] == "penstock run --config mine.toml"
    assert (
        "penstock run" not in (folder / "mine.toml").read_text()
    )  # the file cannot know from which folder the command is called
    assert (printed["metric"], printed["bound"]) == (read["evaluation"]["metric"], read["evaluation"]["min"])


@pytest.mark.slow
def test_init_a_second_time_is_refused_in_one_sentence(folder):
    assert penstock(folder, "init", "rows.csv", "--label", "label").returncode == 0
    done = penstock(folder, "init", "rows.csv", "--label", "label")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "pipeline.toml: expected no file yet" in done.stderr
    assert penstock(folder, "init", "rows.csv", "--label", "label", "--force").returncode == 0


@pytest.mark.slow
def test_init_imports_no_tensorflow(folder):
    program = (
        "import atexit, sys\n"
        "import pipeline.cli.main, os\n"
        "exit_process = os._exit\n"
        "def print_modules(code):\n"
        "    print(sorted({'tensorflow', 'tfx', 'apache_beam', 'keras'} & set(sys.modules)), flush=True)\n"
        "    exit_process(code)\n"
        "os._exit = print_modules"
    )
    done = penstock(folder, "init", "rows.csv", "--label", "label", program=program)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


AT_WRITE = """
import os, signal
real = os.{function}
def sent(*arguments):
    os.kill(os.getpid(), signal.{how})
    return real(*arguments)
os.{function} = sent
"""


@pytest.mark.slow
@pytest.mark.parametrize(("how", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_init_that_is_interrupted_while_it_writes_leaves_nothing(folder, how, code):
    before = sorted(folder.iterdir())
    program = AT_WRITE.format(function="fsync", how=how)
    done = penstock(folder, "init", "rows.csv", "--label", "label", program=program)
    assert (done.returncode, done.stdout) == (code, "")
    said = f"the command was interrupted: received {how}; nothing half-written is left, start it again.\n"
    assert done.stderr == said
    assert sorted(folder.iterdir()) == before


@pytest.mark.slow
def test_init_that_is_interrupted_between_its_two_files_writes_both(folder):
    program = AT_WRITE.format(function="replace", how="SIGTERM").replace("os.replace", "pathlib.Path.replace")
    done = penstock(folder, "init", "rows.csv", "--label", "label", program="import pathlib\n" + program)
    assert done.returncode == 143
    assert {path.name for path in folder.iterdir()} == {"rows.csv", "pipeline.toml", "schema.pbtxt"}


IN_QUERY = """
import os, signal, threading
from penstock.tables.table import Table
real = Table.select
def sent(table, *arguments):
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM)).start()
    return real(table, *arguments)
Table.select = sent
"""


@pytest.mark.slow
def test_init_that_is_interrupted_in_the_engine_says_so(folder):
    # DuckDB turns an exception of a signal handler into its own error, and closing would wait for the query.
    query = "SELECT a.* FROM source AS a, range(10000000000) AS b WHERE b.range < -1"
    done = penstock(folder, "init", "rows.csv", "--label", "label", "--query", query, program=IN_QUERY)
    assert done.returncode == 143, done.stderr
    assert done.stderr.count("received SIGTERM") == done.stderr.count("\n") == 1


@pytest.mark.slow
def test_label_errors_are_listed_with_their_lines_and_nothing_is_changed(tmp_path):
    rows = [f"{n % 10},{n % 7},{'high' if (n % 10 > 4) != (n % 97 == 0) else 'low'}" for n in range(1000)]
    text = "x,y,label\n" + "\n".join(rows) + "\n"
    (tmp_path / "rows.csv").write_text(text)
    done = penstock(tmp_path, "init", "rows.csv", "--label", "label", "--json")
    found = json.loads(done.stdout)["label_errors"]
    assert (found["checked"], found["rows"]) == (1000, 11)
    listed = (tmp_path / "label_errors.csv").read_text().splitlines()
    assert listed[0] == "row,line,given,suggested,probability_of_given"
    assert sorted(int(line.split(",")[1]) for line in listed[1:]) == [97 * n + 2 for n in range(11)]
    assert (tmp_path / "rows.csv").read_text() == text
    again = penstock(tmp_path, "init", "rows.csv", "--label", "label", "--config", "pipeline.toml")
    assert again.returncode == 2
    (tmp_path / "rows.csv").write_text("x,label\n" + "\n".join(f"{n % 10},{n % 10 > 4}" for n in range(1000)) + "\n")
    assert penstock(tmp_path, "init", "rows.csv", "--label", "label", "--force").returncode in (0, 2)


@pytest.mark.slow
def test_loss_and_order_are_in_the_output_and_wrong_ones_are_one_sentence(tmp_path):
    rows = "".join(f"{n % 9}.5,{n % 9 // 3},{'abc'[n % 9 // 3]}\n" for n in range(200))
    (tmp_path / "rows.csv").write_text(f"x,count,grade\n{rows}")
    done = penstock(tmp_path, "init", "rows.csv", "--label", "count", "--loss", "poisson", "--json")
    printed = json.loads(done.stdout)
    assert (printed["task"], printed["loss"], printed["metric"]) == ("regression", "poisson", "poisson_deviance")
    read = tomllib.loads((tmp_path / "pipeline.toml").read_text())
    assert (read["model"]["loss"], read["evaluation"]["max"]) == ("poisson", printed["bound"])
    done = penstock(tmp_path, "init", "rows.csv", "--label", "grade", "--label-order", "a,b,c", "--force")
    assert "Threshold: quadratic_kappa, min " in done.stdout
    assert tomllib.loads((tmp_path / "pipeline.toml").read_text())["data"]["label_order"] == ["a", "b", "c"]
    for label, options in (
        ("grade", ["--loss", "poisson"]),
        ("grade", ["--label-order", "a,b,d"]),
        ("x", ["--loss", "x"]),
    ):
        done = penstock(tmp_path, "init", "rows.csv", "--label", label, *options, "--force")
        assert (done.returncode, done.stderr.count("\n"), done.stdout) == (2, 1, ""), done.stderr
