"""The part of the review of a schema that needs no data: its file and its columns."""

import pytest

from penstock.core.errors import ConfigError
from penstock.schema.current import current_schema
from pipeline.schema.review import check_file, write_copy
from tests.metadata_store import configuration

SCHEMA = 'feature { name: "b" type: INT not_in_environment: "SERVING" } feature { name: "a" type: BYTES domain: "d" }'


def test_schema_that_cannot_be_written_leaves_nothing(tmp_path):
    (tmp_path / "mine.pbtxt").write_text(SCHEMA)
    found = current_schema(configuration(tmp_path, "schema.file=mine.pbtxt"))
    with pytest.raises(ConfigError, match="expected a file that can be written, received No such file or directory"):
        write_copy(found, tmp_path / "none" / "schema.pbtxt")
    assert not (tmp_path / "none").exists()


def test_acceptance_without_a_configured_file_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="penstock schema show --write"):
        check_file(configuration(tmp_path))
