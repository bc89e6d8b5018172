"""Classification and regression with serialized examples, as TensorFlow Serving does them, for REST and gRPC."""
