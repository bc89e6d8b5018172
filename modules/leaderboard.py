"""The leaderboard of `auto`: each model that it tried, with what it reached and what it cost."""

import json
import os
from typing import Any

import tensorflow as tf

FILE = "leaderboard.json"


def write(leaderboard: dict[str, Any], folder: str) -> None:
    """Write the leaderboard as JSON; it appears whole or not at all."""
    file = os.path.join(folder, FILE)
    with tf.io.gfile.GFile(f"{file}.new", "w") as stream:
        stream.write(json.dumps(leaderboard, indent=2))
    tf.io.gfile.rename(f"{file}.new", file, overwrite=True)
