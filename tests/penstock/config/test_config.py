"""The configuration: defaults, paths of files, the spec for the modules, and that it is frozen."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from penstock.config.config import Config, Resolved
from penstock.config.loading import load
from penstock.core.errors import ConfigError
from penstock.core.features import Feature, FeatureSpec
from tests.metadata_store import configuration

TEXT = """
name = "taxi"
[data]
source = "trips.csv"
label = "tip"
[features]
miles = "numeric"
paid = "categorical"
[evaluation]
metric = "auc"
min = 0.9
slices = ["paid"]
[push]
directory = "models"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "pipeline.toml"
    path.write_text(TEXT)
    return path


def loaded(file: Path, *settings: str, **environment: str) -> Config:
    return load(file, settings, environment)


def test_keys_that_the_file_does_not_set_have_their_defaults(file):
    config = loaded(file)
    assert (config.model.family, config.model.task, config.model.epochs) == ("neural", "binary", None)
    assert (config.data.split.eval, config.data.split.key, config.data.query) == (0.33, None, None)
    assert config.store_uri == "sqlite:///state/metadata.sqlite"
    assert (config.validation.fail_on, config.validation.columns) == ("error", {})
    assert (config.evaluation.max, config.evaluation.min_improvement) == (None, None)


def test_resolved_configuration_is_another_one_and_no_key_of_the_file(file, tmp_path):
    config = loaded(file)
    elsewhere = config.with_resolved(Resolved(tmp_path / "elsewhere", "other.csv"))
    read = elsewhere.with_snapshot(tmp_path / "rows")
    assert (config.root, elsewhere.root, read.root) == (tmp_path, tmp_path / "elsewhere", tmp_path / "elsewhere")
    assert [Path(each.input.source).name for each in (config, elsewhere, read)] == [
        "trips.csv",
        "other.csv",
        "other.csv",
    ]
    assert [each.input.snapshot for each in (config, elsewhere, read)] == [None, None, str(tmp_path / "rows")]
    assert config.model_dump_json() == read.model_dump_json()
    assert config != read
    with pytest.raises(ConfigError, match="resolved: expected one of name, data"):
        loaded(file, "resolved.root=/tmp")


def test_features_whose_names_differ_only_in_punctuation_are_accepted(file):
    taken = loaded(
        file,
        'features={"a b"="numeric", "a_b"="hour", "au0020b"="hour", "年龄"="numeric", "收入"="hour", "A_B"="month"}',
        "evaluation.slices=[]",
    )
    assert len(taken.features) == 6


@pytest.mark.parametrize("given", ["../there/pipeline.toml", "{folder}/pipeline.toml"])
def test_paths_start_at_the_folder_of_the_file(file, monkeypatch, given):
    elsewhere = file.parent.parent / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    monkeypatch.chdir(elsewhere)
    config = loaded(Path(given.format(folder=file.parent).replace("there", file.parent.name)))
    folder = file.parent
    assert os.path.normpath(config.path("deep/data.csv")) == str(folder / "deep" / "data.csv")
    assert config.path("/absolute") == Path("/absolute")
    assert os.path.normpath(config.metadata_file) == str(folder / "state" / "metadata.sqlite")
    assert os.path.normpath(config.artifacts) == str(folder / "state" / "artifacts" / "taxi")
    assert os.path.normpath(config.logs) == str(folder / "state" / "logs")


def test_store_is_in_the_state_folder_unless_its_address_is_configured(file, tmp_path):
    elsewhere = loaded(file, "state.directory=other/state")
    assert elsewhere.metadata_file == file.parent / "other" / "state" / "metadata.sqlite"
    assert loaded(file, f"state.directory={tmp_path}/far").metadata_file == tmp_path / "far" / "metadata.sqlite"
    own = loaded(file, "state.directory=other", "metadata.uri=sqlite:///store.sqlite")
    assert own.metadata_file == file.parent / "store.sqlite"


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("sqlite:///a.db", "a.db"),
        ("sqlite:////tmp/a.db", "/tmp/a.db"),
        ("sqlite://", None),
        ("mysql://u:p@h/d", None),
        ("postgresql://h/d", None),
    ],
)
def test_metadata_file_is_that_of_a_sqlite_address(file, uri, name):
    assert loaded(file, f"metadata.uri={uri}").metadata_file == (name and file.parent / name)


def test_spec_of_the_features_keeps_order_label_and_task(file):
    config = loaded(file, "model.task=regression", "evaluation.metric=mae", "model.vocabulary_size=7")
    features = (Feature("miles", "numeric"), Feature("paid", "categorical"))
    assert config.feature_spec == FeatureSpec("tip", "regression", features, 7)


@pytest.mark.parametrize(
    ("section", "key"), [(None, "name"), ("data", "label"), ("model", "epochs"), ("evaluation", "min")]
)
def test_configuration_is_frozen_at_every_depth(file, section, key):
    config = loaded(file)
    with pytest.raises(ValidationError, match="frozen"):
        setattr(getattr(config, section) if section else config, key, "other")


@pytest.mark.parametrize("place", ["gs://bucket/models", "s3://bucket/models"])
def test_folder_in_a_bucket_is_none_on_this_machine(tmp_path, place):
    config = configuration(tmp_path, f"push.directory={place}", f"data.source={place}/rows.csv")
    assert config.store.push == Path()
    compiled = config.compiled_for("kubeflow")
    assert (compiled.place(place), compiled.input.source) == (place, f"{place}/rows.csv")
    with pytest.raises(ConfigError) as caught:
        config.path(place)
    assert str(caught.value) == (
        f"{place}: expected a path on this machine, received a place that only a compiled pipeline reads and writes; "
        "write `penstock compile`, or set another place with --set."
    )
    with pytest.raises(ConfigError):
        _ = config.input


def test_paths_of_a_compiled_pipeline_are_those_of_the_image(tmp_path):
    config = configuration(tmp_path)
    assert config.input.source == str(tmp_path / "trips.csv")
    for target in ("kubeflow", "vertex"):
        compiled = config.compiled_for(target)
        assert compiled.input.source == "trips.csv"
        assert compiled.place("/gcs/bucket/rows") == "gs://bucket/rows"
        assert (config.target, compiled.target) == (None, target)
