import pytest

from tests.pipeline.cli.registry_command import command


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--model", "m"], "--model: expected NAME=FOLDER"),
        (
            ["--model", "m=none"],
            "the model m in none: expected a SavedModel, or folders of SavedModels whose names are",
        ),
        (["--model", "m=.", "--versions", "new"], "--versions: expected latest, latest:N, all, or numbers"),
        (["--model", "m=.", "--tls-cert", "x"], "TLS: expected --tls-cert and --tls-key, received no --tls-key"),
        (["--model", "m=.", "--tokens", "none"], "--tokens none: expected one token per line"),
        (["--model", "m=.", "--prefix", "x"], "--prefix: expected a path that begins with /"),
        ([], "no configuration "),
        (
            ["--model", "m=v", "--host", "nowhere.invalid"],
            "the address nowhere.invalid:8501: expected one that is free",
        ),
        (["--model", "m=v", "--tls-cert", "x", "--tls-key", "x"], "x and x: expected PEM files that belong together"),
    ],
)
def test_server_that_cannot_start_is_one_sentence(tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "v").mkdir()
    (tmp_path / "v" / "saved_model.pb").write_text("")
    assert command(tmp_path, "serve", *words, code=2).startswith(message)


@pytest.mark.slow
def test_check_says_what_each_version_answers(tmp_path):
    from tests.penstock.server.saved_models import write_mixed

    for version in (1, 2):
        write_mixed(tmp_path / "mixed" / str(version))
    (tmp_path / "broken" / "3").mkdir(parents=True)
    (tmp_path / "broken" / "3" / "saved_model.pb").write_text("x")
    good = command(tmp_path, "serve", "--check", "--model", f"m={tmp_path / 'mixed'}", "--versions", "all", code=0)
    assert "m, version 2: answered a row of zeros; signatures: any_shape, half" in good
    assert "m, version 1: answered a row of zeros" in good
    bad = command(tmp_path, "serve", "--check", "--model", f"b={tmp_path / 'broken'}", code=1)
    assert "b, version 3: cannot be loaded: " in bad
