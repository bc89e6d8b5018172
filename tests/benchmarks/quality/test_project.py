"""A table as a project of Penstock."""

import pyarrow as pa
import pytest

from benchmarks.quality import project
from benchmarks.quality.models import families
from benchmarks.quality.table import KEY, Table
from penstock.config.loading import load
from penstock.config.sections import Model

STRANGE = 'od280/od315 "größe"'


def small(task: str) -> Table:
    rows = pa.table({STRANGE: [1.0, 2.0], "kind": ["a", "b"], "label": [0, 1]})
    return Table("small", "", task, {STRANGE: "numeric", "kind": "categorical"}, rows)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_configuration_holds_the_features_the_task_and_the_key_of_the_split(tmp_path, task):
    config = project.lay_out(small(task), tmp_path, repeat=2)
    assert dict(config.features) == {STRANGE: "numeric", "kind": "categorical"}
    assert (config.model.task, config.model.seed, config.splits.key) == (task, 2, KEY)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["pipeline.toml", "rows.parquet"]


@pytest.mark.parametrize("family", families())
def test_settings_of_each_family_are_those_that_the_configuration_takes(tmp_path, family):
    project.lay_out(small("binary"), tmp_path)
    changed = project.settings(family, time_limit=7)
    model = load(tmp_path / project.CONFIGURATION, changed, environment={}).model
    assert model.family == family
    if family == "auto" and "time_limit" in Model.model_fields:
        assert model.time_limit == 7
