"""A project folder with a registry for the tests of the commands: versions 1, 2 and 4, and run 3, which was refused."""

import functools
import json
import tempfile
from pathlib import Path

from typer.testing import CliRunner

from penstock.registry.documents import Node, VersionBody
from penstock.registry.opening import open_registry
from pipeline.cli.app import app
from tests.metadata_store import configuration
from tests.registry_rows import body, digest

NAMES = [f"taxi_1a2b3c4_{number}" for number in range(5)]


def fill(folder):
    """Write the configuration and the registry, and return the configuration."""
    config = configuration(folder)
    file = folder / "state" / "registry.sqlite"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(_registry())
    return config


@functools.cache
def _registry():
    """Return the file of the registry, which is made once in a process."""
    with tempfile.TemporaryDirectory() as folder:
        config = configuration(Path(folder))
        _record(config)
        return (Path(folder) / "state" / "registry.sqlite").read_bytes()


def _record(config):
    with open_registry(config, actor="ann") as registry:
        record(registry, range(1, 5), refused=(3,))


def record(registry, numbers, *, refused=()):
    """Record runs of the model `taxi`, and the versions of those that were not refused."""
    model = registry.create_model(registry.create_project("taxi").id, "taxi")
    for number in numbers:
        experiment = registry.record_experiment(experiment_body(model.id, number))
        if number not in refused:
            registry.record_version(version_body(model.id, number, experiment.id))


def experiment_body(model_id, number):
    refused = {"state": "refused", "failure": "auc overall: 0.93, at least 0.95 required"} if number == 3 else {}
    return body(
        model_id,
        f"run-{number}",
        configuration={"model": {"family": "trees", "rounds": 100 * number}, "name": "taxi"},
        evaluations={
            "overall": {"auc": 0.9 + number / 100, "log_loss": 0.3},
            "slices": {"paid=cash": {"metrics": {"auc": 0.8}}},
        },
        nodes=(Node(id="Trainer", state="ran", seconds=2.5, peak_bytes=3 * 10**8),),
        seconds=12.0,
        **refused,
    )


def version_body(model_id, number, experiment_id):
    return VersionBody(
        model_id=model_id,
        number=number,
        folder=f"models/{number}",
        digest=digest(number),
        experiment_id=experiment_id,
        signature={"outputs": {"tip": "float" if number < 4 else "double"}},
    )


def call(*arguments):
    """Call the command in the working directory."""
    return CliRunner().invoke(app, arguments)


def lines(*arguments):
    """Return the lines that a call prints, all within 80 columns."""
    result = call(*arguments)
    assert result.exit_code == 0, result.exception or result.output
    printed = result.stdout.splitlines()
    assert max(map(len, printed), default=0) <= 80
    return printed


def document(*arguments):
    """Return the JSON that a call prints."""
    result = call(*arguments, "--json")
    assert result.exit_code == 0, result.exception or result.output
    return json.loads(result.stdout)


def refusal(*arguments):
    """Return the sentence with which a call is refused."""
    result = call(*arguments)
    assert getattr(result.exception, "exit_code", None) == 2, result.output
    assert result.stdout == ""
    return str(result.exception)
