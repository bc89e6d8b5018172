"""What an exported model says of its columns: made of the examples, the schema and the vocabularies."""

import json
from types import SimpleNamespace

import pytest

from penstock.core.features import served_names
from tests.modules.conftest import example

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def written(fitted, tmp_path_factory):
    """Return what is written of a model of some roles: the document, the spec and the folder."""
    import tensorflow as tf

    from modules.export import columns

    known = fitted("binary")
    folder = tmp_path_factory.mktemp("served")
    unseen = [{**row, "paid": "never seen", "zone": 99} for row in known.rows[:3]]
    for split, rows in (("train", known.rows), ("eval", [*known.rows[3:10], *unseen])):
        (folder / "examples" / f"Split-{split}").mkdir(parents=True)
        with tf.io.TFRecordWriter(str(folder / "examples" / f"Split-{split}" / "data.gz"), options="GZIP") as writer:
            for row in rows:
                writer.write(example(row))
    (folder / "schema.pbtxt").write_text("")
    arguments = SimpleNamespace(
        train_files=[str(folder / "examples" / "Split-train" / "*")],
        eval_files=[str(folder / "examples" / "Split-eval" / "*")],
        schema_path=str(folder / "schema.pbtxt"),
        serving_model_dir=str(folder / "model"),
    )

    def write():
        columns.write(arguments, known.transform, known.spec)
        return json.loads((folder / "model" / columns.FILE).read_text())

    return write, known.spec, folder


def test_each_feature_is_there_with_its_input_and_role(written):
    write, spec, _ = written
    found = write()
    assert found["version"] == 1
    served = served_names(spec.names())
    assert [(each["name"], each["role"], each["input"], each["width"]) for each in found["features"]] == [
        (feature.name, feature.role, served[feature.name], feature.width or None) for feature in spec.features
    ]


def test_interpretation_is_that_of_the_examples_and_none_where_they_do_not_say(written):
    write, _, folder = written
    assert write()["interpretation"] is None
    (folder / "examples" / "interpretation.json").write_text('{"version": 1, "größe": 2}')
    assert write()["interpretation"] == {"version": 1, "größe": 2}
    (folder / "examples" / "interpretation.json").unlink()


def test_vocabularies_are_numbered_and_unseen_values_of_the_evaluation_are_a_share(written):
    write, spec, _ = written
    found = {each["name"]: each for each in write()["features"]}
    assert {name: found[name]["vocabulary"] for name in spec.names("categorical")} == {
        name: place for place, name in enumerate(spec.names("categorical"))
    }
    assert found["paid"]["unseen"] >= 0.3
    assert found["zone"]["unseen"] == 0.3
    assert found["dichter text/b"]["unseen"] == 0
    assert all(found[name]["unseen"] is None for name in spec.names() if name not in spec.names("categorical"))


def test_category_without_a_value_in_the_evaluation_has_no_unseen_values(written, fitted):
    import tensorflow as tf

    write, _, folder = written
    file = folder / "examples" / "Split-eval" / "data.gz"
    before = file.read_bytes()
    with tf.io.TFRecordWriter(str(file), options="GZIP") as writer:
        for row in fitted("binary").rows[3:10]:
            writer.write(example({**row, "paid": None}))
    try:
        found = {each["name"]: each["unseen"] for each in write()["features"]}
    finally:
        file.write_bytes(before)
    assert found["paid"] == 0


def test_ranges_are_those_of_the_schema(written):
    write, spec, folder = written
    name = spec.names("numeric")[0]
    (folder / "schema.pbtxt").write_text(
        f'feature {{ name: "{name}" type: FLOAT float_domain {{ min: 0.5 max: 100 }} }}'
    )
    found = {each["name"]: (each["low"], each["high"]) for each in write()["features"]}
    assert found.pop(name) == (0.5, 100)
    assert set(found.values()) == {(None, None)}
