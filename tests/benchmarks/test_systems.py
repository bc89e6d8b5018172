"""The two systems."""

import json

import pytest

from benchmarks.measuring import measure
from benchmarks.systems import PROJECT, Penstock, Upstream, check, penstock
from penstock.config.loading import load
from penstock.core.errors import NodeError


@pytest.fixture
def rows(tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text("a,b\n1,2\n")
    return file


def test_penstock_gets_the_project_s_configuration_and_the_table_that_it_names(tmp_path, rows):
    folder = tmp_path / "penstock"
    folder.mkdir()
    Penstock().prepare(folder, rows)
    assert (folder / "pipeline.toml").read_text() == (PROJECT / "pipeline.toml").read_text()
    source = load(folder / "pipeline.toml").data.source
    assert (folder / source).read_text() == rows.read_text()


def test_upstream_gets_its_template_and_the_same_table(tmp_path, rows):
    folder = tmp_path / "upstream"
    folder.mkdir()
    Upstream().prepare(folder, rows)
    assert (folder / "data" / "data.csv").samefile(rows)
    assert (folder / Upstream().command(folder).words[1]).is_file()


@pytest.mark.slow
def test_penstock_is_run_with_the_code_of_the_benchmark_s_project(tmp_path):
    folder = tmp_path / "penstock"
    folder.mkdir()
    command = penstock(folder, "runs", "--config", "nowhere.toml", "--json")
    measured = measure(command)
    assert measured.code == 2
    assert json.loads(command.output.read_text())["error"]["what"] == "no configuration nowhere.toml"
    assert command.environment["PYTHONPATH"] == str(PROJECT)


@pytest.mark.slow
def test_command_that_failed_is_reported_with_its_last_lines(tmp_path):
    folder = tmp_path / "penstock"
    folder.mkdir()
    command = penstock(folder, "runs", "--config", "nowhere.toml")
    with pytest.raises(NodeError, match="penstock runs --config nowhere.toml.*received 2") as caught:
        check(command, measure(command).code)
    assert "nowhere.toml" in caught.value.details[-1]


def test_command_that_succeeded_is_accepted(tmp_path):
    check(penstock(tmp_path, "runs"), 0)
