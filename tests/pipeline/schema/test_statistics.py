"""Statistics of a table: those of StatisticsGen, without files of examples."""

import random

import pytest

from tests.components.launching import artifact, channel, execute

pytestmark = pytest.mark.slow

CATEGORIES = ("flag", "whole", "text")


@pytest.fixture
def table(tmp_path):
    draw = random.Random(5)
    lines = ["number,whole,text,flag,day,none"]
    for number in range(500):
        cells = [f"{draw.gauss(0, 9):.3f}", number, draw.choice(["a", "b b", ""]), draw.choice(["true", "false"])]
        lines.append(",".join([*map(str, cells), f"2026-01-{number % 28 + 1:02}", ""]))
    file = tmp_path / "rows.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


def by_name(statistics):
    [dataset] = statistics.datasets
    return dataset.num_examples, {each.path.step[0]: each for each in dataset.features}


def test_statistics_by_split_are_those_of_the_components(table, tmp_path):
    from components.pushed_statistics import read
    from components.statistics_gen import StatisticsGen
    from penstock.tables.examples.write import write
    from penstock.tables.input import Input
    from penstock.tables.source import open_table
    from penstock.tables.splits import by_hash
    from pipeline.schema.statistics import by_split
    from tests.components.launching import examples

    splits = by_hash({"train": 0.67, "eval": 0.33})
    given = examples(tmp_path / "examples", {"train": [], "eval": []})
    for left in (tmp_path / "examples").rglob("*.gz"):
        left.unlink()
    with open_table(str(table)) as opened:
        write(opened, splits, tmp_path / "examples")
    output = artifact("ExampleStatistics", tmp_path / "statistics")
    execute(
        StatisticsGen(channel("Examples"), categories=CATEGORIES),
        {"examples": given},
        {"statistics": output},
        tmp_path,
        [],
    )
    found = by_split(Input(str(table)), splits, CATEGORIES)
    assert list(found) == ["train", "eval"]
    for split, statistics in found.items():
        expected = read(tmp_path / "statistics" / f"Split-{split}" / "FeatureStats.pb")
        assert by_name(statistics) == by_name(expected)
        assert {name for name, each in by_name(statistics)[1].items() if each.custom_stats} == {"flag", "whole"}


def test_rows_to_be_served_are_read_with_the_types_of_the_schema(tmp_path):
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

    from penstock.tables.input import Input
    from pipeline.schema.statistics import for_serving

    file = tmp_path / "rows.csv"
    file.write_text("miles,other\n1,x\n2,y\n")
    schema = text_format.Parse('feature { name: "miles" type: FLOAT }', schema_pb2.Schema())
    rows, columns = by_name(for_serving(Input(str(file)), schema, ["miles"]))
    assert columns["miles"].custom_stats
    assert (rows, list(columns)) == (2, ["miles"])
    assert columns["miles"].type == statistics_pb2.FeatureNameStatistics.FLOAT
    _, columns = by_name(for_serving(Input(str(file)), schema, known_only=False))
    assert sorted(columns) == ["miles", "other"]
