"""The prediction server: answers as TensorFlow Serving does, for any SavedModel."""
