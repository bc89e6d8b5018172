"""The environments of a schema: in TRAINING the label is there, in SERVING it is not."""

from tensorflow_metadata.proto.v0 import schema_pb2

TRAINING, SERVING = "TRAINING", "SERVING"


def with_environments(schema: schema_pb2.Schema, label: str) -> schema_pb2.Schema:
    """Return the schema with both environments, and the label absent when serving; one that names its own as it is."""
    found = schema_pb2.Schema()
    found.CopyFrom(schema)
    if not found.default_environment:
        found.default_environment.extend([TRAINING, SERVING])
        for feature in found.feature:
            if feature.name == label and not feature.in_environment and not feature.not_in_environment:
                feature.not_in_environment.append(SERVING)
    return found
