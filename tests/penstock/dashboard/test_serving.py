"""The dashboard as a process."""

import httpx
import pytest

from tests.dashboard_site import fill, started
from tests.metadata_store import CONFIGURATION
from tests.pipeline.cli.registry_command import command


def test_process_answers_and_ends_with_a_signal(tmp_path):
    fill(tmp_path)
    with started(tmp_path) as (process, url):
        assert httpx.get(f"{url}/p/taxi/runs", trust_env=False).status_code == 200
        with httpx.stream("GET", f"{url}/p/taxi/runs/live", trust_env=False, timeout=60) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert next(answer.iter_lines()) == "event: part"
            process.terminate()
            assert process.wait(60) == 0


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
