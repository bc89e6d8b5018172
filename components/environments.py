"""The environments of a schema: TRAINING has the label, SERVING does not."""

from tensorflow_metadata.proto.v0 import schema_pb2

TRAINING, SERVING = "TRAINING", "SERVING"


def with_environments(schema: schema_pb2.Schema, label: str) -> schema_pb2.Schema:
    """Return the schema with both environments and no label when serving; a schema with environments is unchanged."""
    result = schema_pb2.Schema()
    result.CopyFrom(schema)
    if not result.default_environment:
        result.default_environment.extend([TRAINING, SERVING])
        for feature in result.feature:
            if feature.name == label and not feature.in_environment and not feature.not_in_environment:
                feature.not_in_environment.append(SERVING)
    return result
