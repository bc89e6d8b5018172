"""The leaderboard of `auto`: each model that it tried, with what it reached and what it cost."""

import os

import tensorflow as tf

from penstock.core.documents.training import Leaderboard


def write(leaderboard: Leaderboard, folder: str) -> None:
    """Write the leaderboard as JSON; it appears whole or not at all."""
    file = os.path.join(folder, Leaderboard.FILE)
    with tf.io.gfile.GFile(f"{file}.new", "w") as stream:
        stream.write(leaderboard.text())
    tf.io.gfile.rename(f"{file}.new", file, overwrite=True)
