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
        (AliasMove, {"version": 0}, "version: expected a valid value"),
        (AliasMove, {"version": 1, "why": "\x00"}, "why: expected a valid value"),
        (VersionChange, {"tags": {"": "x"}}, "tags.: expected a valid value"),
        (VersionChange, {"tags": {f"t{number}": "x" for number in range(101)}}, "tags: expected a valid value"),
    ],
)
def test_value_that_the_registry_does_not_take_is_refused(kind, values, what):
    with pytest.raises(Invalid) as refused:
        validated(kind, **values)
    assert what in str(refused.value)
    assert validated(AliasMove, version=1).version == 1
