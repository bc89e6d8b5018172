"""TableExampleGen in real pipelines: rows, missing values, splits, cache, properties, compilation."""

import builtins
import json
import os
import random
import sys

import pytest

from components.in_memory_runner import IN_MEMORY_RUNNER

pytestmark = pytest.mark.slow

HEADER = 'n,"a b",größe,label'


@pytest.fixture(autouse=True)
def clean_argv(monkeypatch):
    # Beam and absl read the command line, which here is pytest's.
    monkeypatch.setattr(sys, "argv", ["test"])


def lines(count=400):
    return [f"{number},{'' if number % 4 == 0 else number / 8},t{number % 9},{number % 2}" for number in range(count)]


def write(path, rows):
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


def components(source, **options):
    from tfx.components.statistics_gen.component import StatisticsGen

    from components.example_gen.component import TableExampleGen
    from penstock.tables.input import Input
    from penstock.tables.splits import train_eval

    splits = options.pop("splits", None) or train_eval(0.3, options.pop("key", None))
    reading = {name: options.pop(name) for name in ("query", "quarantine", "roles", "missing") if name in options}
    alone = options.pop("alone", False)
    gen = TableExampleGen(Input(str(source), **reading), splits=splits, **options)
    return [gen] if alone else [gen, StatisticsGen(examples=gen.outputs["examples"])]


def pipeline(root, nodes, beam=()):
    from tfx.orchestration import metadata
    from tfx.orchestration import pipeline as tfx_pipeline

    return tfx_pipeline.Pipeline(
        pipeline_name="tables",
        pipeline_root=str(root / "artifacts"),
        components=nodes,
        enable_cache=True,
        beam_pipeline_args=list(beam),
        metadata_connection_config=metadata.sqlite_metadata_connection_config(str(root / "metadata.sqlite")),
    )


def run(root, source, **options):
    """Run the two nodes with the local runner; return each node's last state and its output artifact.

    With `alone=True` there is no node that reads the examples; StatisticsGen takes most of the time.
    """
    from ml_metadata import metadata_store
    from ml_metadata.proto import metadata_store_pb2
    from tfx.orchestration import metadata
    from tfx.orchestration.local.local_dag_runner import LocalDagRunner

    beam = options.pop("beam", ())
    nodes = components(source, **options)
    LocalDagRunner().run(pipeline(root, nodes, beam))
    store = metadata_store.MetadataStore(metadata.sqlite_metadata_connection_config(str(root / "metadata.sqlite")))
    found = {}
    for kind in [type(node).__name__ for node in nodes]:
        (name,) = [each.name for each in store.get_execution_types() if each.name.endswith(kind)]
        execution = max(store.get_executions_by_type(name), key=lambda each: each.id)
        (event,) = [
            event
            for event in store.get_events_by_execution_ids([execution.id])
            if event.type == metadata_store_pb2.Event.OUTPUT
        ]
        state = metadata_store_pb2.Execution.State.Name(execution.last_known_state)
        found[kind] = (state, store.get_artifacts_by_id([event.artifact_id])[0])
    return found


def splits_of(artifact):
    import tensorflow as tf

    found = {}
    for split in ("train", "eval"):
        data = tf.data.TFRecordDataset(tf.io.gfile.glob(f"{artifact.uri}/Split-{split}/*"), compression_type="GZIP")
        for record in data:
            feature = tf.train.Example.FromString(record.numpy()).features.feature
            found[feature["n"].int64_list.value[0]] = split
    return found


def statistics_of(artifact, split):
    import tensorflow_data_validation as tfdv

    (dataset,) = tfdv.load_stats_binary(f"{artifact.uri}/Split-{split}/FeatureStats.pb").datasets
    return dataset


def test_rows_missing_values_splits_and_properties_reach_the_next_node(tmp_path):
    source = write(tmp_path / "rows.csv", lines())
    query = "SELECT *, n * 2 AS double FROM source WHERE n < 300"
    found = run(tmp_path / "one", source, query=query)
    examples, statistics = found["TableExampleGen"][1], found["StatisticsGen"][1]
    assert json.loads(examples.properties["split_names"].string_value) == ["train", "eval"]

    properties = {name: value.string_value for name, value in examples.custom_properties.items()}
    rows = json.loads(properties["rows"])
    assert rows["source"] == 300 == rows["train"] + rows["eval"]
    assert (properties["query"], properties["source"]) == (query, str(source))
    (file,) = json.loads(properties["files"])
    assert (file["path"], file["bytes"]) == ("rows.csv", source.stat().st_size)
    assert len(properties["digest"]) == 64
    assert properties["file_format"] == "tfrecords_gzip"
    split = json.loads(properties["split"])
    assert (split["by"], split["shares"]) == ("rows", {"train": 0.7, "eval": 0.3})

    missing = 0
    for split in ("train", "eval"):
        dataset = statistics_of(statistics, split)
        assert dataset.num_examples == rows[split]
        features = {feature.path.step[0]: feature for feature in dataset.features}
        assert set(features) == {"n", "a b", "größe", "label", "double"}
        missing += features["a b"].num_stats.common_stats.num_missing
        assert features["n"].num_stats.common_stats.num_missing == 0
    assert missing == 75

    rows = lines()
    random.Random(1).shuffle(rows)
    shuffled = run(tmp_path / "two", write(tmp_path / "shuffled.csv", rows), query=query, alone=True)[
        "TableExampleGen"
    ][1]
    assert splits_of(shuffled) == splits_of(examples)


def test_named_splits_reach_the_next_node(tmp_path):
    from penstock.tables.splits import by_column

    source = write(tmp_path / "rows.csv", lines())
    query = "SELECT *, CASE WHEN n < 200 THEN 'train' WHEN n < 250 THEN 'test' ELSE 'eval' END AS fold FROM source"
    found = run(tmp_path, source, query=query, splits=by_column("fold"))
    examples, statistics = found["TableExampleGen"][1], found["StatisticsGen"][1]
    counts = {"train": 200, "eval": 150, "test": 50}
    assert json.loads(examples.properties["split_names"].string_value) == list(counts)
    assert json.loads(examples.custom_properties["rows"].string_value) == {"source": 400, **counts}
    assert {split: statistics_of(statistics, split).num_examples for split in counts} == counts


def test_malformed_rows_are_counted_and_kept_in_quarantine(tmp_path):
    source = write(tmp_path / "rows.csv", [*lines(), "1,2,3"])
    examples = run(tmp_path, source, quarantine=str(tmp_path / "aside"), alone=True)["TableExampleGen"][1]
    rows = json.loads(examples.custom_properties["rows"].string_value)
    assert (rows["source"], rows["quarantined"], rows["train"] + rows["eval"]) == (400, 1, 400)
    (kept,) = (tmp_path / "aside").iterdir()
    assert kept.name == examples.custom_properties["digest"].string_value[:16] + ".csv"
    assert kept.read_text().splitlines()[1] == f'{source},402,"1,2,3",3 values where the header has 4'


def test_rows_whose_values_are_not_as_demanded_are_counted_and_kept_too(tmp_path):
    source = write(tmp_path / "rows.csv", [*lines(), "oops,0.5,t,1"])
    aside = {"quarantine": str(tmp_path / "aside"), "roles": {"n": "numeric"}}
    examples = run(tmp_path, source, **aside, alone=True)["TableExampleGen"][1]
    rows = json.loads(examples.custom_properties["rows"].string_value)
    assert (rows["source"], rows["quarantined"], rows["train"] + rows["eval"]) == (400, 1, 400)
    (kept,) = (tmp_path / "aside").iterdir()
    assert kept.read_text().splitlines()[1] == f"{source},402,\"oops,0.5,t,1\",'oops' in the column 'n' is no number"


def test_how_columns_were_read_and_what_became_of_the_rows_is_kept_with_the_examples(tmp_path):
    from penstock.tables.values.interpretation import FILE, Interpretation

    rows = [f"{number},{'NA' if number % 4 == 0 else number / 8},{number % 28 + 1}/12/2021,1" for number in range(400)]
    source = write(tmp_path / "rows.csv", [*rows, "400,many,1/12/2021,1"])
    query = 'SELECT *, n * 2 AS double FROM source WHERE n < 300 OR "a b" IS NULL'
    examples = run(tmp_path, source, query=query, missing={"a b": ("many",)}, alone=True)["TableExampleGen"][1]
    found = json.loads(examples.custom_properties["reading"].string_value)
    assert found == {"version": 1, "rows": 401, "result": 326, "marked": {"a b": 101}}
    with open(f"{examples.uri}/{FILE}", encoding="utf-8") as stream:
        document = Interpretation.from_json(stream.read(), where="the examples")
    assert [column.format for column in document.columns] == ["integer", "number", "%d/%m/%Y", "integer"]
    assert document.column("a b").missing == ("many",)
    assert {result.name: result.source for result in document.results} == {
        "n": "n", "a b": "a b", "größe": "größe", "label": "label", "double": None,
    }  # fmt: skip


def test_a_beam_runner_gives_the_same_rows_in_files_of_its_own(tmp_path):
    source = write(tmp_path / "rows.csv", [*lines(), "1,2,3"])
    quarantine = str(tmp_path / "aside")
    here = run(tmp_path / "here", source, quarantine=quarantine, alone=True)["TableExampleGen"][1]
    beam = [f"--runner={IN_MEMORY_RUNNER}", "--direct_running_mode=in_memory"]
    found = run(tmp_path / "beam", source, quarantine=quarantine, beam=beam)
    shards, statistics = found["TableExampleGen"][1], found["StatisticsGen"][1]
    assert splits_of(shards) == splits_of(here)
    for name in ("rows", "digest", "query", "files", "file_format"):
        assert shards.custom_properties[name].string_value == here.custom_properties[name].string_value
    rows = json.loads(shards.custom_properties["rows"].string_value)
    assert statistics_of(statistics, "eval").num_examples == rows["eval"]


def test_a_second_run_is_cached_until_content_query_or_code_change(tmp_path):
    source = write(tmp_path / "rows.csv", lines())

    def states(**options):
        return {state for state, _ in run(tmp_path, source, **options).values()}

    assert states(code="1") == {"COMPLETE"}
    os.utime(source, (1, 1))
    assert states(code="1") == {"CACHED"}
    write(source, lines(401))
    assert states(code="1") == {"COMPLETE"}
    assert states(code="2", alone=True) == {"COMPLETE"}
    assert states(code="2", query="FROM source WHERE n > 3") == {"COMPLETE"}
    assert states(code="2", key="n", alone=True) == {"COMPLETE"}


def test_a_failure_is_one_of_ours_and_leaves_no_examples(tmp_path):
    from penstock.core.errors import DataError, from_chain

    source = write(tmp_path / "rows.csv", [*lines(), "1,2,3"])
    with pytest.raises(Exception, match="line 402") as caught:
        run(tmp_path, source)
    assert isinstance(from_chain(caught.value), DataError)
    assert not list((tmp_path / "artifacts").rglob("Split-*"))


TYPES = {
    "n": ("g", "int64_list"),
    "label": ("g % 2 = 0", "int64_list"),
    "x": ("g / 8.0::float8", "float_list"),
    "dec": ("(g / 4.0)::numeric(8, 2)", "float_list"),
    "whole": ("g::numeric(20)", "int64_list"),
    "t": ("'t' || g % 9", "bytes_list"),
    "raw": ("decode('00ff', 'hex')", "bytes_list"),
    "day": ("DATE '1970-01-02'", "int64_list"),
    "at": ("TIMESTAMPTZ '1970-01-02 01:00+01'", "int64_list"),
    "pixels": ("ARRAY[g, 0.5]::float8[]", "float_list"),
    "late": ("CASE WHEN g > 10000 THEN g END", "int64_list"),
}


def test_rows_of_postgresql_become_examples_of_every_type_and_are_cached_by_content(tmp_path, postgresql, monkeypatch):
    import tensorflow as tf

    from tests.servers import PASSWORD

    # A component by itself hands no password on; libpq finds one in the environment.
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    columns = ", ".join(f"{expression} AS {name}" for name, (expression, _) in TYPES.items())
    postgresql.execute("CREATE TABLE numbers AS SELECT g FROM generate_series(1, 12000) AS g")
    try:
        query = f"SELECT {columns} FROM numbers"
        found = run(tmp_path, postgresql.url, query=query, alone=True)["TableExampleGen"]
        postgresql.execute("CREATE TABLE other AS SELECT g FROM numbers ORDER BY g DESC")
        postgresql.execute("DROP TABLE numbers", "ALTER TABLE other RENAME TO numbers")
        again = run(tmp_path, postgresql.url, query=query, alone=True)["TableExampleGen"]
    finally:
        postgresql.execute("DROP TABLE IF EXISTS numbers, other")
    assert (found[0], again[0]) == ("COMPLETE", "CACHED")
    noted = {name: value.string_value for name, value in found[1].custom_properties.items()}
    assert (noted["source"], noted["query"], noted["files"]) == (postgresql.shown, query, "[]")
    assert json.loads(noted["rows"])["source"] == 12_000
    assert PASSWORD.encode() not in (tmp_path / "metadata.sqlite").read_bytes()

    files = tf.io.gfile.glob(f"{found[1].uri}/Split-eval/*")
    examples = [
        tf.train.Example.FromString(record.numpy()).features.feature
        for record in tf.data.TFRecordDataset(files, compression_type="GZIP")
    ]
    early, late = [], []
    for example in examples:
        (late if example["n"].int64_list.value[0] > 10_000 else early).append(example)
    assert {name: late[0][name].WhichOneof("kind") for name in TYPES} == {
        name: kind for name, (_, kind) in TYPES.items()
    }
    assert early
    assert not any(example["late"].WhichOneof("kind") for example in early)
    for name, value in {"day": [86_400], "at": [86_400], "raw": [b"\x00\xff"]}.items():
        assert list(getattr(late[0][name], TYPES[name][1]).value) == value
    number = late[0]["n"].int64_list.value[0]
    assert list(late[0]["pixels"].float_list.value) == [number, 0.5]
    assert (late[0]["x"].float_list.value[0], late[0]["dec"].float_list.value[0]) == (number / 8, number / 4)
    assert (late[0]["whole"].int64_list.value[0], late[0]["late"].int64_list.value[0]) == (number, number)


def test_the_interactive_context_runs_it(tmp_path, monkeypatch):
    from tfx.orchestration.experimental.interactive.interactive_context import InteractiveContext

    # What IPython sets; without it the context does nothing.
    monkeypatch.setattr(builtins, "__IPYTHON__", True, raising=False)
    (tmp_path / "rows").mkdir()
    write(tmp_path / "rows" / "rows.csv", lines())
    (tmp_path / "rows" / "README.md").write_text("about")
    gen, statistics = components(tmp_path / "rows")
    context = InteractiveContext(pipeline_root=str(tmp_path / "root"))
    context.run(gen)
    context.run(statistics)
    (examples,) = gen.outputs["examples"].get()
    rows = json.loads(examples.get_string_custom_property("rows"))
    assert statistics_of(statistics.outputs["statistics"].get()[0], "eval").num_examples == rows["eval"]


@pytest.mark.parametrize("ending", ["json", "yaml"])
def test_it_compiles_for_kubeflow(tmp_path, ending):
    from tfx.orchestration.kubeflow.v2.kubeflow_v2_dag_runner import KubeflowV2DagRunner, KubeflowV2DagRunnerConfig

    source = write(tmp_path / "rows.csv", lines())
    target = tmp_path / f"pipeline.{ending}"
    config = KubeflowV2DagRunnerConfig(default_image="image", use_pipeline_spec_2_1=ending == "yaml")
    KubeflowV2DagRunner(config, output_filename=str(target)).run(pipeline(tmp_path, components(source)))
    text = target.read_text()
    assert "components.example_gen.component" in text
    assert "file_based_example_gen.driver" in text
