"""`penstock models export`: what it writes and prints."""

import json

import pytest

from pipeline.recording import record_afterwards
from tests.kept_run import KeptRun
from tests.metadata_store import configuration
from tests.pipeline.cli.registries import call, document, fill, lines, refusal


def test_version_is_exported_by_its_alias(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = KeptRun(configuration(tmp_path))
    record_afterwards(run.config, run.run)
    assert lines("models", "export", "default", "--output", "out") == [
        "Wrote version 1 of taxi/taxi to out",
        "To check it: cd out && sha256sum -c SHA256SUMS",
    ]
    printed = document("models", "export", "1", "--output", "again", "--to", "folder")
    assert (printed["version"], printed["to"], printed["output"]) == (1, "folder", "again")
    assert "model/saved_model.pb" in printed["files"]
    assert json.loads((tmp_path / "again" / "requests.json").read_text())["signature_name"] == "serving_default"
    refused = call("models", "export", "1", "--output", "out")
    assert "expected a new or an empty folder" in str(refused.exception)
    assert call("models", "export", "1", "--to", "x").exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "--to folder: expected --output DIR with it and no other place, received none"),
        (
            ("--url", "http://localhost"),
            "--to folder: expected --output DIR with it and no other place, received --url",
        ),
        (("--to", "mlflow"), "--to mlflow: expected --url URL with it and no other place, received none"),
        (("--to", "mlflow", "--output", "out"), "received --output"),
        (("--to", "mlflow", "--output", "out", "--url", "http://localhost"), "received --output and --url"),
        (("--to", "mlflow", "--url", ""), "--url: expected https://HOST[:PORT], received ''"),
    ],
)
def test_place_that_does_not_fit_the_kind_is_refused(tmp_path, monkeypatch, arguments, expected):
    monkeypatch.chdir(tmp_path)
    fill(tmp_path)
    assert expected in refusal("models", "export", "1", *arguments)
    assert not (tmp_path / "out").exists()
