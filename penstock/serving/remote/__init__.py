"""Rows scored by a server: TensorFlow Serving's REST or gRPC, or `penstock serve`."""
