"""The Dockerfile of the server: its instructions, what it copies and what stays out."""

import json
import re

import pytest

from tests.deploy.server_environment import build_steps
from tests.dockerfile import ROOT, SERVER, context, ignore_file, ignored, steps

SECRETS = ("PASSWORD", "SECRET", "TOKEN", "KEY", "CREDENTIAL")


@pytest.fixture(scope="module")
def image():
    return list(steps(SERVER.read_text()))


@pytest.fixture(scope="module")
def last(image):
    return [step for step in image if step.stage == "" and step.name != "ARG"]


def test_only_instructions_that_the_tests_can_run_are_used(image):
    run = {"ARG": (), "FROM": (), "RUN": ("mount",), "WORKDIR": (), "COPY": ("chmod", "from"), "ENV": (), "USER": ()}
    known = {**run, "EXPOSE": (), "ENTRYPOINT": (), "CMD": ()}
    assert {step.name for step in image} <= set(known)
    assert [step for step in image if set(step.flags) - set(known[step.name])] == []


@pytest.mark.parametrize(("given", "base"), [({}, "debian:13-slim"), ({"DEBIAN": "12"}, "debian:12-slim")])
def test_both_stages_have_the_same_debian(given, base):
    found = [(step.text, step.stage) for step in steps(SERVER.read_text(), **given) if step.name == "FROM"]
    assert found == [(base, "build"), (base, "")]


def test_last_stage_has_python_and_the_environment_where_it_was_made_and_no_tool_of_the_build(last):
    assert [step.name for step in last] == ["FROM", "RUN", "COPY", "ENV", "EXPOSE", "USER", "ENTRYPOINT", "CMD"]
    [packages] = [step.text for step in last if step.name == "RUN"]
    assert "install -y --no-install-recommends ca-certificates python3 &&" in packages
    assert packages.endswith("rm -rf /var/lib/apt/lists/*")
    [copied] = [step for step in last if step.name == "COPY"]
    assert (copied.words, copied.flags["from"]) == (["/penstock/.venv"] * 2, ("build",))
    assert last[-1].environment["PATH"].startswith("/penstock/.venv/bin:/usr/local/sbin:")


@pytest.mark.parametrize(("given", "user"), [({}, "1000"), ({"RUN_AS": "0"}, "0")])
def test_user_is_a_number_and_not_root_unless_asked_for(given, user):
    [step] = [step for step in steps(SERVER.read_text(), **given) if step.name == "USER"]
    assert step.text == user


def test_command_listens_for_others_and_gets_the_model_as_an_argument(last):
    entry, arguments = (json.loads(step.text) for step in last[-2:])
    assert entry == ["penstock", "serve", "--host", "0.0.0.0"]  # noqa: S104  a container is reached from outside
    assert arguments == ["--model", "model=/models/model"]
    assert [step.words for step in last if step.name == "EXPOSE"] == [["8500", "8501"]]


def test_packages_are_installed_from_a_lock_with_hashes_and_before_the_code():
    texts = [step.text for step in build_steps()]
    [install] = [index for index, text in enumerate(texts) if "requirements-server.lock" in text and "sync" in text]
    assert "--require-hashes" in texts[install]
    assert install < texts.index(". .")
    assert "--build-constraints requirements-next.lock" in texts[-1]
    assert [
        text for text in texts if "pip install" in text and not re.search("--no-deps .*(hashes|constraints)", text)
    ] == []


def test_each_file_that_is_copied_is_in_the_context(image):
    files = set(context(SERVER))
    sources = [word for step in image if step.name == "COPY" and "from" not in step.flags for word in step.words[:-1]]
    assert [name for name in sources if name != "." and name not in files] == []
    assert {"penstock/server/models/models.py", "pipeline/cli/main.py", "pyproject.toml", "README.md"} <= files
    assert {name.split("/")[0] for name in files if "/" in name} == {
        *("components", "modules", "penstock", "pipeline", "scripts")
    }


@pytest.mark.parametrize(
    "name",
    [
        ".git/config",
        ".venv/bin/python",
        "models/taxi/1/saved_model.pb",
        "state/registry.sqlite",
        "data/taxi/trips.csv",
        "rows.csv",
        ".env",
        "certificates/server.key",
        "keys/service-account.json",
        ".aws/credentials",
        "deploy/secrets/postgres_password",
    ],
)
def test_rows_models_and_secrets_stay_out(name):
    assert ignored(ignore_file(SERVER).read_text()).match(name)


def test_no_instruction_has_a_secret(image):
    names = [word.partition("=")[0].upper() for step in image if step.name in ("ARG", "ENV") for word in step.words]
    assert [name for name in names if any(secret in name for secret in SECRETS)] == []


def test_files_that_docker_ignores_for_the_pipeline_are_ignored_for_the_server_too():
    ours = set(ignore_file(SERVER).read_text().splitlines())
    assert set(ignore_file(ROOT / "deploy" / "pipeline.Dockerfile").read_text().splitlines()) - ours == {
        "# Not needed by a node"
    }
