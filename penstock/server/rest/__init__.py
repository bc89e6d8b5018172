"""TensorFlow Serving's REST and the Open Inference Protocol v2, as one ASGI application."""
