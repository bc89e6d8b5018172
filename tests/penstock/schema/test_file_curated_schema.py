"""The snapshot of a curated schema is named by its content, so that TFX's cache notices an edit."""

from pathlib import Path

import pytest

from penstock.config.loading import load
from penstock.schema.file import curated_schema, save_snapshot
from tests.e2e.conftest import CONFIGURATION


@pytest.fixture
def config(tmp_path):
    (tmp_path / "pipeline.toml").write_text(CONFIGURATION + '[schema]\nfile = "schema.pbtxt"\n')
    (tmp_path / "schema.pbtxt").write_text('feature { name: "fare" }\n')
    return load(tmp_path / "pipeline.toml", environment={})


def test_schema_is_its_own_file_until_a_snapshot_is_saved(config, tmp_path):
    assert Path(curated_schema(config)) == tmp_path / "schema.pbtxt"
    save_snapshot(config)
    assert Path(curated_schema(config)).parent == tmp_path / "state" / "schemas"
    assert Path(curated_schema(config)).read_bytes() == (tmp_path / "schema.pbtxt").read_bytes()


def test_edited_schema_has_another_name_and_the_old_one_stays(config, tmp_path):
    save_snapshot(config)
    before = curated_schema(config)
    (tmp_path / "schema.pbtxt").write_text('feature { name: "miles" }\n')
    save_snapshot(config)
    assert curated_schema(config) != before
    assert Path(before).is_file()


def test_no_snapshot_is_saved_if_no_schema_is_configured(tmp_path):
    (tmp_path / "pipeline.toml").write_text(CONFIGURATION)
    save_snapshot(load(tmp_path / "pipeline.toml", environment={}))
    assert not (tmp_path / "state").exists()
