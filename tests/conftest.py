"""What every test stands on."""

import os

# One log level for the whole session: TensorFlow's C++ lines would drown a failing test's own.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# Debian keeps database servers, and what starts them as another user, among the programs of the system.
os.environ["PATH"] += f"{os.pathsep}/usr/sbin{os.pathsep}/sbin"
