"""The prediction server over gRPC."""
