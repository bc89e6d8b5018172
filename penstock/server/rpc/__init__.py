"""The prediction server over gRPC: TensorFlow Serving's services, and the Open Inference Protocol."""
