"""The store in memory, with real ML Metadata."""

from ml_metadata import MetadataStore
from ml_metadata.proto import metadata_store_pb2 as proto

from penstock.config.loading import load
from penstock.metadata.interactive import InteractiveStore

CONFIGURATION = """
name = "taxi"
data = { source = "trips.csv", label = "tip" }
features = { miles = "numeric" }
evaluation = { metric = "auc", min = 0.9 }
push = { directory = "models" }
"""


def open_store(tmp_path, uri="sqlite://"):
    (tmp_path / "pipeline.toml").write_text(CONFIGURATION)
    return InteractiveStore(load(tmp_path / "pipeline.toml", [f"metadata.uri={uri}"], {}).store)


def execute(connection, made="Model"):
    """Record an execution that reads one artifact and gives another, over a connection of its own."""
    store = MetadataStore(connection)
    kind = store.put_artifact_type(proto.ArtifactType(name="Model", properties={"span": proto.INT}))
    other = store.put_artifact_type(proto.ArtifactType(name=made, properties={"span": proto.INT}))
    runner = store.put_execution_type(proto.ExecutionType(name="Trainer"))
    [execution] = store.put_executions([proto.Execution(type_id=runner)])
    artifacts = [proto.Artifact(type_id=kind, uri="/a"), proto.Artifact(type_id=other, uri="/b")]
    artifacts[1].properties["span"].int_value = 3
    artifacts[1].custom_properties["digest"].string_value = "abc"
    taken, given = store.put_artifacts(artifacts)
    for artifact, key, event in ((taken, "examples", proto.Event.INPUT), (given, "model", proto.Event.OUTPUT)):
        step = proto.Event.Path.Step(key=key)
        store.put_events(
            [proto.Event(artifact_id=artifact, execution_id=execution, type=event, path=proto.Event.Path(steps=[step]))]
        )
    return execution, taken


def test_all_connections_share_what_is_in_memory(tmp_path):
    opened = open_store(tmp_path)
    execution, taken = execute(opened.connection)
    assert opened.inputs(execution) == (taken,)
    [given] = opened.outputs(execution)
    assert (given.type, given.key, given.uri) == ("Model", "model", "/b")
    assert given.properties == {"span": 3, "digest": "abc"}
    assert [file.name for file in tmp_path.iterdir()] == ["pipeline.toml"]


def test_two_stores_in_memory_are_separate(tmp_path):
    first, second = open_store(tmp_path), open_store(tmp_path)
    execute(first.connection)
    assert MetadataStore(second.connection).get_executions() == []


def test_a_store_in_a_file_stays(tmp_path):
    execute(open_store(tmp_path, "sqlite:///kept/metadata.sqlite").connection)
    assert len(MetadataStore(open_store(tmp_path, "sqlite:///kept/metadata.sqlite").connection).get_executions()) == 1


def test_type_that_an_earlier_release_named_has_the_current_name(tmp_path):
    opened = open_store(tmp_path, "sqlite:///kept/metadata.sqlite")
    execution, _ = execute(opened.connection, "penstock.DriftReport")
    assert [each.type for each in opened.outputs(execution)] == ["components.DriftReport"]
