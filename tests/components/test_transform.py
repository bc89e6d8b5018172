"""Transform: what it writes where, from which rows, and what is in its cache key."""

from pathlib import Path

import numpy as np
import pytest

from penstock.core.features import Feature, FeatureSpec
from tests.components.launching import BEAM, artifact, channel, examples, execute, files_of
from tests.modules.conftest import LABEL, ROLES, example, raw_spec, table

pytestmark = pytest.mark.slow

SPEC = FeatureSpec(LABEL, "binary", tuple(Feature.of(name, role) for name, role in ROLES.items()))
TRAIN = 150


@pytest.fixture(scope="module")
def component():
    from components.transform import Transform

    return Transform


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """Examples and schema; the rows of `eval` would teach something else."""
    from tensorflow_transform.tf_metadata import schema_utils
    from tfx.utils import io_utils

    folder = tmp_path_factory.mktemp("inputs")
    rows = table("binary")
    strange = [{**row, "miles": 1e9, "paid": "strange"} for row in rows[TRAIN:]]
    splits = {"train": [example(row) for row in rows[:TRAIN]], "eval": [example(row) for row in strange]}
    schema = artifact("Schema", folder / "schema")
    io_utils.write_pbtxt_file(
        str(folder / "schema" / "schema.pbtxt"), schema_utils.schema_from_feature_spec(raw_spec("binary"))
    )
    return {"examples": examples(folder / "examples", splits, files=2), "schema": schema}


def transformed(component, inputs, folder, beam, features=SPEC):
    """Return the graph's folder."""
    node = component(channel("Examples"), channel("Schema"), features=features.to_json())
    # The outputs that are switched off have no channel.
    outputs = {
        name: artifact(each.type.__name__, folder / name) for name, each in node.outputs.items() if each is not None
    }
    execute(node, inputs, outputs, folder, beam)
    return folder / "transform_graph"


@pytest.fixture(scope="module")
def graphs(component, inputs, tmp_path_factory):
    """Return the folders of the graphs that this process and Beam wrote."""
    folder = tmp_path_factory.mktemp("graphs")
    return [transformed(component, inputs, folder / name, beam) for name, beam in (("here", []), ("beam", BEAM))]


def test_files_are_where_tfx_looks_for_them_and_nothing_else_is_left(graphs):
    from modules.transform.analyzers import VOCABULARY

    here, beam = graphs
    assert sorted(path.name for path in here.iterdir()) == ["metadata", "transform_fn", "transformed_metadata"]
    assert {"transform_fn/saved_model.pb", f"transform_fn/assets/{VOCABULARY}", "metadata/schema.pbtxt"} <= files_of(
        here
    )
    assert files_of(here) <= files_of(beam)


def test_files_say_what_beams_say(graphs):
    import tensorflow_transform as tft

    from modules.transform.analyzers import VOCABULARY

    here, beam = (tft.TFTransformOutput(str(graph)) for graph in graphs)
    assert here.raw_metadata == beam.raw_metadata
    assert here.transformed_feature_spec() == beam.transformed_feature_spec()
    first, second = (Path(each.vocabulary_file_by_name(VOCABULARY)).read_bytes() for each in (here, beam))
    assert first == second


def test_rows_are_transformed_as_by_beams_graph_which_saw_the_training_rows_alone(graphs):
    import tensorflow as tf
    import tensorflow_transform as tft

    rows = table("binary")
    batch = tf.io.parse_example(tf.constant([example(row) for row in rows]), raw_spec("binary"))
    here, beam = (tft.TFTransformOutput(str(graph)).transform_raw_features(batch) for graph in graphs)
    assert set(here) == set(beam)
    for name, values in beam.items():
        np.testing.assert_allclose(here[name], values, atol=1e-6, err_msg=name)
    miles = here["miles_xf"].numpy()[:TRAIN]
    there = np.array([row["miles"] is not None for row in rows[:TRAIN]])
    assert miles[there].mean() == pytest.approx(0, abs=1e-5)
    assert miles[there].std() == pytest.approx(1, abs=1e-5)


def test_table_without_categories_leaves_no_folder_of_vocabularies(component, inputs, tmp_path):
    spec = FeatureSpec(LABEL, "binary", (Feature("miles", "numeric"), Feature("hour", "hour")))
    graph = transformed(component, inputs, tmp_path, [], spec)
    assert sorted(path.name for path in graph.iterdir()) == ["metadata", "transform_fn", "transformed_metadata"]
    assert "miles_xf" in (graph / "transformed_metadata" / "schema.pbtxt").read_text()


def keyed(component, **changes):
    """Return what of a node is in its cache key."""
    node = component(channel("Examples"), channel("Schema"), **{"features": SPEC.to_json(), **changes})
    return node.executor_spec.encode().SerializeToString(deterministic=True), dict(node.exec_properties)


def test_code_and_features_are_in_what_the_cache_key_is_made_of(component):
    other = FeatureSpec(LABEL, "binary", SPEC.features[:3]).to_json()
    first = keyed(component, code="a")
    assert keyed(component, code="a") == first
    assert keyed(component, code="b") != first
    assert keyed(component, code="a", features=other) != first
