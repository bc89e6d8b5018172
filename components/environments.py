"""The environments of a schema: TRAINING has the label and the weights of rows, SERVING does not."""

from tensorflow_metadata.proto.v0 import schema_pb2

TRAINING, SERVING = "TRAINING", "SERVING"


def with_environments(schema: schema_pb2.Schema, *absent: str) -> schema_pb2.Schema:
    """Return the schema with both environments; one that has environments is unchanged.

    Args:
        schema: The schema.
        absent: The columns that rows to be served do not have: the label, and the weight if there is one.
    """
    result = schema_pb2.Schema()
    result.CopyFrom(schema)
    if not result.default_environment:
        result.default_environment.extend([TRAINING, SERVING])
        for feature in result.feature:
            if feature.name in absent and not feature.in_environment and not feature.not_in_environment:
                feature.not_in_environment.append(SERVING)
    return result
