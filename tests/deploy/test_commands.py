"""The commands of ours in deploy/: each has the arguments that it needs, and no unknown option."""

import json
import re
import shlex

import pytest
import typer
import yaml

from pipeline.cli.app import app
from tests.deploy.checkers import DEPLOY
from tests.dockerfile import SERVER, steps

COMMANDS = typer.main.get_command(app).commands
ENTRY, ARGUMENTS = (json.loads(step.text) for step in list(steps(SERVER.read_text()))[-2:])
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]


def unit(name):
    [line] = re.findall(r"^ExecStart=\S+/(penstock .*)$", (DEPLOY / "systemd" / name).read_text(), re.MULTILINE)
    return shlex.split(line)


def container(file):
    document = yaml.safe_load((DEPLOY / file).read_text())
    return document["spec"]["template"]["spec"]["containers"][0]


def registry():
    [command] = re.findall(r"exec (penstock .*)$", COMPOSE["registry"]["command"][-1], re.MULTILINE)
    return shlex.split(command)


GIVEN = {
    "image": [*ENTRY, *ARGUMENTS],
    "compose, server": [*ENTRY, *COMPOSE["server"]["command"]],
    "compose, registry": registry(),
    "systemd, server": unit("penstock.service"),
    "systemd, registry": unit("penstock-registry.service"),
    "kubernetes": [*ENTRY, *container("kubernetes/deployment.yaml")["args"]],
    "cloud run": [*ENTRY, *container("cloud-run.yaml")["args"]],
}


def parsed(words):
    program, verb, *rest = words
    assert program == "penstock"
    command = COMMANDS[verb]
    if rest[0] in getattr(command, "commands", {}):
        command, rest = command.commands[rest[0]], rest[1:]
    return command.make_context(verb, rest).params


@pytest.mark.parametrize("name", GIVEN)
def test_command_can_be_parsed(name):
    assert parsed(GIVEN[name])


def test_command_of_the_vertex_container_can_be_parsed():
    from pipeline.submission.vertex_endpoint import Deployment, container

    spec = container(Deployment("taxi", 1, "gs://b/1", "image", "taxi"))
    filled = [
        word.replace("$(AIP_STORAGE_URI)", "gs://b/1").replace("$(AIP_HTTP_PORT)", "8501") for word in spec["args"]
    ]
    found = parsed([*ENTRY, *filled])
    assert (found["model"], found["rest_port"]) == (["taxi=gs://b/1"], spec["ports"][0]["container_port"])


def test_unknown_option_would_be_noticed():
    with pytest.raises(Exception, match="No such option"):
        parsed(["penstock", "serve", "--modell", "a=b"])
