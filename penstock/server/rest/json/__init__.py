"""JSON as TensorFlow Serving reads and writes it: bodies to tensors, tensors to answers."""
