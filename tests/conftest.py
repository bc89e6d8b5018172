"""What every test stands on."""

import os

# One log level for the whole session: TensorFlow's C++ lines would drown a failing test's own.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
