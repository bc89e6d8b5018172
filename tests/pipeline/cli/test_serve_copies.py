"""The options about copies of requests: what they mean, and those that cannot be."""

from pathlib import Path

import pytest

from penstock.core.errors import ConfigError, PenstockError
from penstock.server.challenger.options import Challenging
from penstock.server.models.config import ModelConfig
from penstock.server.sampling.options import Sampling
from pipeline.cli import serve_copies
from pipeline.cli.serve_copies import Columns, challenged, challenging_of, sampling_of
from pipeline.recording import record_afterwards
from tests.kept_run import KeptRun
from tests.metadata_store import configuration

RUN = "20260101-000001"
TWO = [ModelConfig("a", Path("a")), ModelConfig("b", Path("b"))]


def test_sampling_has_share_folder_columns_and_key(tmp_path):
    key = tmp_path / "key"
    key.write_text("0123456789abcdef\n")
    assert sampling_of(0.1, tmp_path, Columns(["a"], ["b"], key), 60) == Sampling(
        tmp_path, 0.1, frozenset({"a"}), frozenset({"b"}), b"0123456789abcdef", seconds=60
    )
    assert sampling_of(0.0, None, Columns()) is None


@pytest.mark.parametrize(
    ("folder", "columns", "sentence"),
    [
        (None, Columns(), "--sample: expected a folder for the log, received no --sample-to;"),
        (
            Path("log"),
            Columns(hashed=["a"]),
            "--sample-hash: expected a key of the hashes, received no --sample-key;",
        ),
        (
            Path("log"),
            Columns(hashed=["a"], key=Path("/none")),
            "--sample-key: expected a file that can be read, received",
        ),
        (
            Path("log"),
            Columns(hashed=["a"], key=Path("/dev/null")),
            "--sample-key: expected a key of at least 16 bytes, received 0 bytes in /dev/null; write one with `openssl",
        ),
        (
            Path("log"),
            Columns(["b", "a"], ["a"], Path("/dev/null")),
            "--sample-without and --sample-hash: expected each column once, received a twice;",
        ),
    ],
)
def test_sampling_without_what_it_needs_is_refused(folder, columns, sentence):
    with pytest.raises(ConfigError) as caught:
        sampling_of(0.1, folder, columns)
    assert str(caught.value).startswith(sentence)


def test_sampling_where_there_is_no_pyarrow_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(serve_copies, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="expected the package pyarrow, which writes the log, received none"):
        sampling_of(0.1, tmp_path, Columns())


def test_challengers_are_those_of_their_models():
    assert [model.challenger for model in challenged(TWO, ["b=2"], None)] == ["", "2"]
    assert [model.challenger for model in challenged(TWO[:1], ["3"], None)] == ["3"]
    assert challenged(TWO, [], None) == TWO


@pytest.mark.parametrize(
    ("models", "given", "sentence"),
    [
        (TWO, ["2"], "--challenger: expected NAME=VERSION, as there are several models, received 2; write a=2."),
        (TWO, ["c=2"], "--challenger: expected a version of a or b, received c=2;"),
        (TWO, ["a="], "--challenger: expected a version, received a=;"),
        (TWO[:1], [""], "--challenger: expected a version, received nothing;"),
        (TWO, ["a=1", "a=2"], "--challenger: expected one version of a model, received two of a;"),
        (TWO, ["a=staging"], "--challenger: expected the number of a version, received staging;"),
        (TWO[:1], ["-1"], "--challenger: expected the number of a version, received -1;"),
        (TWO[:1], ["٣"], "--challenger: expected the number of a version, received ٣;"),
        (TWO[:1], ["1" * 30], "--challenger: expected the number of a version, received 1111"),
    ],
)
def test_challenger_that_is_not_known_is_refused(models, given, sentence):
    with pytest.raises(ConfigError) as caught:
        challenged(models, given, None)
    assert str(caught.value).startswith(sentence)


def test_challenger_of_the_configured_model_is_a_number_an_alias_or_a_name(tmp_path):
    config = configuration(tmp_path)
    KeptRun(config, number=3)
    record_afterwards(config, RUN)
    model = ModelConfig(config.name, tmp_path)
    assert [challenged([model], [text], config)[0].challenger for text in ("7", "default", RUN)] == [
        "7",
        "default",
        "3",
    ]
    with pytest.raises(PenstockError, match="nothing-known"):
        challenged([model], ["nothing-known"], config)


def test_share_of_the_copies():
    assert challenging_of(0.2, ["1"]) == Challenging(0.2)
    assert challenging_of(0.0, []) is None
    with pytest.raises(ConfigError, match="--challenger-share: expected a share above 0, received 0;"):
        challenging_of(0.0, ["1"])
