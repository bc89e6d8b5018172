"""Configuration and schema appear together or not at all."""

import os
from pathlib import Path

import pytest

from penstock.core.errors import ConfigError, DataError
from penstock.proposal.roles import Choice
from penstock.proposal.toml import PipelineSettings
from penstock.proposal.writing import _mode, check_free, write_proposal
from pipeline.preflight import check_inputs
from tests.penstock.proposal.proposals import column
from tests.penstock.proposal.test_toml import proposal

PLACE = PipelineSettings("rides", "rows.csv")


@pytest.fixture
def made(tmp_path):
    (tmp_path / "rows.csv").write_text("x,label\n" + "".join(f"{n},{n % 2}\n" for n in range(100)))
    return proposal(Choice("x", "numeric", "numbers"), profiles={"x": column("x", low=0, high=99)})


def left(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != "rows.csv")


def test_both_files_are_written(tmp_path, made):
    assert write_proposal(made, tmp_path / "mine.toml", PLACE, check_inputs) == (
        tmp_path / "mine.toml",
        tmp_path / "schema.pbtxt",
    )
    assert left(tmp_path) == ["mine.toml", "schema.pbtxt"]
    assert 'file = "schema.pbtxt"' in (tmp_path / "mine.toml").read_text()


@pytest.mark.parametrize("before", [{}, {"pipeline.toml": "mine", "schema.pbtxt": "mine too"}])
def test_files_that_the_check_refuses_are_not_written(tmp_path, made, before):
    def refuse(config):
        assert (config.name, config.path(config.schema_.file).is_file()) == ("rides", True)
        raise DataError("the table", "another one", "this one")

    for name, content in before.items():
        (tmp_path / name).write_text(content)
    with pytest.raises(DataError):
        write_proposal(made, tmp_path / "pipeline.toml", PLACE, refuse)
    assert {path.name: path.read_text() for path in tmp_path.iterdir() if path.name != "rows.csv"} == before


@pytest.mark.parametrize("before", [{}, {"pipeline.toml": "mine", "schema.pbtxt": "mine too"}])
@pytest.mark.parametrize("failing", ["pipeline.toml", "schema.pbtxt"])
def test_a_rename_that_fails_leaves_what_was_there(tmp_path, made, monkeypatch, before, failing):
    for name, content in before.items():
        (tmp_path / name).write_text(content)
    rename = Path.replace

    def full(self, target):
        if Path(target).name == failing:
            raise OSError(28, os.strerror(28))
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(ConfigError, match="No space left"):
        write_proposal(made, tmp_path / "pipeline.toml", PLACE, check_inputs)
    assert {path.name: path.read_text() for path in tmp_path.iterdir() if path.name != "rows.csv"} == before


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("none/pipeline.toml", ["a file in a folder that exists", "no folder"]),
        ("folder", ["a place for a file", "a folder"]),
        ("there.toml", ["no file yet", "--force"]),
    ],
)
def test_a_place_that_is_not_free_is_refused(tmp_path, config, words):
    (tmp_path / "folder").mkdir()
    (tmp_path / "there.toml").touch()
    with pytest.raises(ConfigError) as caught:
        check_free(tmp_path / config, force=False)
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("source", "mode"),
    [
        ("rows.csv", None),
        ("postgresql://ada@db/city", None),
        ("postgresql://ada:${SECRET}@db/city", None),
        ("postgresql://ada:secret@db/city", 0o600),
    ],
)
def test_configuration_with_a_password_is_for_its_user_alone(source, mode):
    assert _mode(PipelineSettings("rides", source)) == mode


def test_files_of_the_user_with_the_name_of_one_in_writing_stay(tmp_path, made):
    own = tmp_path / f".pipeline.toml.{os.getpid()}.writing"
    own.write_text("mine")
    write_proposal(made, tmp_path / "pipeline.toml", PLACE, check_inputs)
    assert own.read_text() == "mine"
