"""What the commands that score rows share."""

import io
from types import SimpleNamespace

import pytest

from penstock.core.errors import ConfigError
from penstock.serving.model.findings import Counts, Findings
from penstock.serving.model.versions import ModelVersion
from pipeline.cli.scored import chosen_model, print_findings, row_progress
from tests.penstock.serving.documents import wanted


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_has_the_rows_that_were_done_before_and_the_rate(monkeypatch):
    for name, value in (("TERM", "xterm"), ("COLUMNS", "100")):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    screen = Terminal()
    with row_progress(screen, "Scoring") as bar:
        bar.start(1000, 400)
        bar.advance(100)
        bar.advance(100)
    text = screen.getvalue()
    assert "Scoring" in text
    assert "600/1000" in text
    assert "rows/s" in text


@pytest.mark.parametrize("screen", [None, io.StringIO()])
def test_progress_is_not_drawn_without_a_terminal(screen):
    with row_progress(screen, "Scoring") as bar:
        bar.start(10)
        bar.advance(10)
    assert screen is None or screen.getvalue() == ""


def test_findings_are_printed_before_their_warnings():
    findings = Findings((wanted("color", "text", "categorical", unseen=0.0),), (), 4, {"color": Counts(4, 2, 0)})
    screen = io.StringIO()
    scored = SimpleNamespace(
        outputs=["label"], columns=["predicted_label"], findings=findings, computed=["day"], taken=["hour"]
    )
    print_findings(screen, scored)
    assert [line.partition(":")[0] for line in screen.getvalue().splitlines()] == [
        "Computed by data.query in training, and here computed from the file's columns",
        "Computed by data.query in training, and here taken from the file",
        "The file has a column 'label'",
        "color",
        "Warning",
    ]


def test_model_of_a_folder_is_taken_as_it_is(tmp_path):
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "saved_model.pb").touch()
    assert chosen_model(tmp_path / "none.toml", None, tmp_path / "7", None) == ModelVersion(tmp_path / "7", 7)
    with pytest.raises(ConfigError, match="--model and --version: expected one of them, received both"):
        chosen_model(tmp_path / "none.toml", None, tmp_path / "7", "2")
