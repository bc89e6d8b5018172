"""The Open Inference Protocol v2 over HTTP, with the extension for binary tensors."""
