"""What the commands of the registry share: the model that they are about, and valid arguments."""

import pytest

from penstock.registry.documents import AliasMove, VersionChange
from penstock.registry.errors import Invalid, NotFound
from penstock.registry.existing import NothingYet
from pipeline.cli.recorded import opened, validated
from tests.pipeline.cli.registries import fill


def test_model_is_that_of_the_configuration_or_the_named_one(tmp_path):
    fill(tmp_path)
    file = tmp_path / "pipeline.toml"
    for name in (None, "taxi", "taxi/taxi"):
        with opened(file, None, name) as found:
            assert found.names == {"document_version": 1, "project": "taxi", "model": "taxi"}
    with pytest.raises(NothingYet, match="'taxi/fares'"), opened(file, ["registry.model=fares"], None):
        pass
    with pytest.raises(NotFound, match="the model 'fares'"), opened(file, None, "fares"):
        pass


@pytest.mark.parametrize(
    ("kind", "values", "what"),
    [
        (AliasMove, {"version": 0}, "--version: expected a valid value, received '0'; correct it."),
        (AliasMove, {"version": 1, "why": "\x00"}, "--why: expected a text that a database can store, without NUL"),
        (AliasMove, {"version": 1, "why": "\udcff"}, "--why: expected a text that a database can store, without NUL"),
        (AliasMove, {"version": 1, "why": "x" * 4001}, f"4000 characters, received '{'x' * 100}...'; correct it."),
        (VersionChange, {"description": "\x00"}, "--describe: expected a text that a database can store"),
        (VersionChange, {"tags": {"": "x"}}, "the tag '': expected a letter or digit, then up to 127 letters, digits"),
        (VersionChange, {"tags": {"a": "\x00"}}, "the tag 'a': expected a text that a database can store"),
        (VersionChange, {"tags": {f"t{number}": "x" for number in range(101)}}, "the tags: expected up to 100 tags"),
    ],
)
def test_value_that_the_registry_does_not_take_is_refused(kind, values, what):
    with pytest.raises(Invalid) as refused:
        validated(kind, **values)
    assert what in str(refused.value)
    assert validated(AliasMove, version=1).version == 1
