import json

from penstock.registry.http import logs


def test_access_log_is_written_to_standard_output(capsys, monkeypatch):
    for logger in (logs.ACCESS, logs.ERRORS):
        monkeypatch.setattr(logger, "handlers", [])
        monkeypatch.setattr(logger, "propagate", True)
    logs.log_lines()
    logs.ACCESS.info(json.dumps({"status": 200}))
    logs.ERRORS.error("failed")
    assert capsys.readouterr() == ('{"status": 200}\n', "failed\n")
