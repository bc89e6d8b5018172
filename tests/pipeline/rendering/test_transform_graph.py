from pathlib import Path

import pytest

from pipeline.rendering.transform_graph import origin, transform_graph, vocabularies


def test_transformed_columns_stand_beside_what_they_came_from(written):
    shown = transform_graph(written("TransformGraph"))
    assert "4 raw columns give 2 transformed ones." in shown
    assert "<td>miles</td><td>2 numbers</td>" in shown
    assert '<td class="n">1</td><td class="n">2</td>' in shown
    assert "cash, &lt;script" in shown


def test_vector_counts_as_so_many_numbers(written):
    artifact = written("TransformGraph")
    file = Path(artifact.uri, "transformed_metadata", "schema.pbtxt")
    file.write_text('feature { name: "miles_xf" type: FLOAT shape { dim { size: 64 } } }')
    assert "<td>miles</td><td>64 numbers</td>" in transform_graph(artifact)


@pytest.mark.parametrize(
    ("name", "column"),
    [("trip_miles_xf", "trip_miles"), ("trip_xf", "trip"), ("trip_miles_missing_xf", "trip_miles"), ("other_xf", "")],
)
def test_origin_is_the_longest_column_that_fits(name, column):
    assert origin(name, {"trip", "trip_miles"}) == column


@pytest.mark.e2e
def test_vocabularies_are_those_that_the_transform_writes(tmp_path):
    from modules.analysis import write

    file = write([[b"cash", b"card"], [], ["größe".encode()]], str(tmp_path))
    assert vocabularies(Path(file)) == {0: ["cash", "card"], 2: ["größe"]}


def test_a_graph_without_categories_has_no_vocabularies(tmp_path):
    assert vocabularies(tmp_path / "vocabulary") == {}
