"""The review of a schema, as far as it needs no data: where it is, and what it says."""

import pytest

from penstock.core.errors import ConfigError
from pipeline.schema.review import check_file, held, keep
from tests.metadata_store import StoreBuilder, configuration

SCHEMA = 'feature { name: "b" type: INT not_in_environment: "SERVING" } feature { name: "a" type: BYTES domain: "d" }'


@pytest.fixture
def builder(tmp_path):
    return StoreBuilder(configuration(tmp_path))


def test_newest_run_that_has_a_schema_gives_it(builder):
    from pathlib import Path

    for run in ("20260101-000001", "20260101-000002"):
        place = Path(builder._known(builder.whole_run(run)["schema"]).uri)
        place.mkdir(parents=True)
        (place / "schema.pbtxt").write_text(SCHEMA)
    builder.node("20260101-000003", "ExampleGen")
    found = held(builder.config)
    assert found.origin == "inferred by run 20260101-000002"
    assert [each.name for each in found.schema.feature] == ["b", "a"]


def test_configured_schema_comes_before_that_of_a_run(tmp_path):
    (tmp_path / "mine.pbtxt").write_text(SCHEMA)
    found = held(configuration(tmp_path, "schema.file=mine.pbtxt"))
    assert (found.origin, found.file) == ("schema.file mine.pbtxt", tmp_path / "mine.pbtxt")


def test_schema_that_cannot_be_written_leaves_nothing(tmp_path):
    (tmp_path / "mine.pbtxt").write_text(SCHEMA)
    found = held(configuration(tmp_path, "schema.file=mine.pbtxt"))
    with pytest.raises(ConfigError, match="expected a file that can be written, received No such file or directory"):
        keep(found, tmp_path / "none" / "schema.pbtxt")
    assert not (tmp_path / "none").exists()


def test_without_a_file_there_is_nothing_to_accept_into(tmp_path):
    with pytest.raises(ConfigError, match="penstock schema show --write"):
        check_file(configuration(tmp_path))
