"""Two runs compared: which runs, their parts without TensorFlow, and what their models give with it."""
