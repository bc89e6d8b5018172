"""`penstock dashboard`: what it shows, and how it refuses to start."""

import httpx
import pytest

from benchmarks.dashboard.site import started
from penstock.config.loading import load
from pipeline.cli.dashboard import commands_of, nodes_of_each_time, nodes_with_upstream
from pipeline.nodes import nodes_of
from tests.metadata_store import CONFIGURATION
from tests.pipeline.cli.registry_command import command


def test_nodes_come_in_the_order_of_the_data_with_those_that_they_wait_for(tmp_path):
    (tmp_path / "pipeline.toml").write_text(CONFIGURATION)
    config = load(tmp_path / "pipeline.toml")
    nodes = nodes_with_upstream(config)
    assert tuple(nodes) == nodes_of(config)
    assert nodes["SchemaGen"] == ("StatisticsGen",)


def test_nodes_that_look_at_earlier_pushes_run_each_time(tmp_path):
    (tmp_path / "pipeline.toml").write_text(CONFIGURATION)
    assert nodes_of_each_time(load(tmp_path / "pipeline.toml")) == {"DriftReport", "Pusher", "Resolver"}


def test_commands_of_the_pages_have_the_configuration_and_its_settings(tmp_path):
    found = commands_of(tmp_path / "pipeline.toml", ["model.epochs=3"])
    given = ["--config", str(tmp_path / "pipeline.toml"), "--set", "model.epochs=3"]
    assert {verb: words[3:] for verb, words in found.items()} == {
        "run": ["run", *given],
        "resume": ["resume", *given],
        "schema diff": ["schema", "diff", "--json", *given],
        "schema accept": ["schema", "accept", "--json", *given],
        "drift": ["drift", "--json", *given],
    }


@pytest.mark.slow
def test_pipelines_of_the_configuration_and_of_the_command_are_all_shown(tmp_path):
    for name in ("one", "two", "three"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pipeline.toml").write_text(CONFIGURATION.replace("taxi", name))
    other = "[[dashboard.pipelines]]\nconfig = '../two/pipeline.toml'\n"
    file = tmp_path / "one" / "pipeline.toml"
    file.write_text(file.read_text() + other)
    with started(tmp_path / "one", "--pipeline", str(tmp_path / "three" / "pipeline.toml")) as (_, url):
        text = httpx.get(url, trust_env=False).text
    assert [f"/p/{name}/runs" in text for name in ("one", "two", "three")] == [True] * 3


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--host", "::"], "--host ::: expected the name under which others reach it"),
        (["--host", "nowhere.invalid", "--allow-host", "x"], "the address nowhere.invalid:8700: expected one that is"),
        (["--pipeline", "nothing.toml"], "no configuration nothing.toml: expected a TOML file"),
    ],
)
def test_dashboard_that_cannot_start_is_one_sentence(tmp_path, words, message):
    (tmp_path / "pipeline.toml").write_text(CONFIGURATION)
    assert command(tmp_path, "dashboard", *words, code=2).startswith(message)
