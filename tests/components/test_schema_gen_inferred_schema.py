"""A column that has values in one split alone stays in the schema, and is not required."""

import pytest
from tensorflow_metadata.proto.v0 import schema_pb2

from tests.components.launching import artifact, channel, examples, execute
from tests.modules.conftest import example

pytestmark = pytest.mark.slow

ALWAYS, EARLY, LATE = {"n": 1.5, "word": "a"}, {"early": 2.5, "early word": "b"}, {"late": 3, "late list": [0.5, 1.5]}
NAMES = ("n", "word", "early", "early word", "late", "late list", "never")


def rows(*parts, count=20):
    whole = {name: value for part in parts for name, value in part.items()}
    return [example({name: whole.get(name) for name in NAMES})] * count


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return the schema of three splits, each of which lacks columns, and the statistics of the splits."""
    from tfx.components.statistics_gen import stats_artifact_utils

    from components.schema_gen import infer
    from components.statistics_gen import StatisticsGen

    folder = tmp_path_factory.mktemp("schema")
    splits = {"train": rows(ALWAYS, EARLY), "eval": rows(ALWAYS, LATE), "test": rows(ALWAYS, {"word": "c"}, EARLY)}
    statistics, given = artifact("ExampleStatistics", folder / "statistics"), examples(folder / "examples", splits)
    execute(StatisticsGen(channel("Examples")), {"examples": given}, {"statistics": statistics}, folder, [])

    def loaded():
        return [stats_artifact_utils.load_statistics(statistics, split).proto() for split in splits]

    return infer(loaded()), dict(zip(splits, loaded(), strict=True))


@pytest.mark.parametrize(
    ("name", "kind", "required"),
    [
        ("n", "FLOAT", True),
        ("word", "BYTES", True),
        ("early", "FLOAT", False),
        ("early word", "BYTES", False),
        ("late", "INT", False),
        ("late list", "FLOAT", False),
    ],
)
def test_column_is_kept_with_its_type_and_required_where_each_split_has_it(written, name, kind, required):
    [column] = [column for column in written[0].feature if column.name == name]
    assert schema_pb2.FeatureType.Name(column.type) == kind
    assert not column.HasField("lifecycle_stage")
    assert (column.presence.min_fraction == 1) == required
    assert not column.HasField("shape")


def test_columns_have_the_order_of_their_names_in_any_order_of_the_statistics(written):
    from components.schema_gen import infer

    schema, splits = written
    names = [column.name for column in schema.feature]
    assert names == sorted(names)
    turned = []
    for statistics in splits.values():
        other = type(statistics)()
        other.CopyFrom(statistics)
        columns = list(statistics.datasets[0].features)[::-1]
        del other.datasets[0].features[:]
        other.datasets[0].features.extend(columns)
        turned.append(other)
    assert [each.path.step[0] for each in turned[0].datasets[0].features] != names
    assert infer(turned) == schema


def test_no_split_has_anomalies_of_its_own_columns(written):
    import tensorflow_data_validation as tfdv

    schema, splits = written
    for name, statistics in splits.items():
        assert not tfdv.validate_statistics(statistics, schema).anomaly_info, name
