"""`penstock models export`: what it writes and prints."""

import json

from pipeline.recording import record_afterwards
from tests.kept_run import KeptRun
from tests.metadata_store import configuration
from tests.pipeline.cli.registries import call, document, lines


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
    assert call("models", "export", "1").exit_code == call("models", "export", "1", "--to", "x").exit_code == 2
