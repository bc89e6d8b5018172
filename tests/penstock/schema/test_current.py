"""The schema that runs use."""

from pathlib import Path

import pytest

from penstock.schema.current import current_schema
from tests.metadata_store import StoreBuilder, configuration

SCHEMA = 'feature { name: "b" type: INT not_in_environment: "SERVING" } feature { name: "a" type: BYTES domain: "d" }'


@pytest.fixture
def builder(tmp_path):
    return StoreBuilder(configuration(tmp_path))


def test_schema_of_the_newest_run_that_has_one_is_used(builder):
    for run in ("20260101-000001", "20260101-000002"):
        place = Path(builder._known(builder.whole_run(run)["schema"]).uri)
        place.mkdir(parents=True)
        (place / "schema.pbtxt").write_text(SCHEMA)
    builder.node("20260101-000003", "ExampleGen")
    found = current_schema(builder.config)
    assert found.origin == "inferred by run 20260101-000002"
    assert [each.name for each in found.schema.feature] == ["b", "a"]


def test_configured_schema_has_priority_over_that_of_a_run(tmp_path):
    (tmp_path / "mine.pbtxt").write_text(SCHEMA)
    found = current_schema(configuration(tmp_path, "schema.file=mine.pbtxt"))
    assert (found.origin, found.file) == ("schema.file mine.pbtxt", tmp_path / "mine.pbtxt")
