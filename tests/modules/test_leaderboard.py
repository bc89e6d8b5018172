"""The leaderboard as a file, on this machine or elsewhere."""

import json

import pytest


@pytest.mark.parametrize("place", ["{}", "ram://boards"])
def test_leaderboard_is_written_whole_over_an_older_one(tmp_path, place):
    import tensorflow as tf

    from modules import leaderboard

    folder = place.format(tmp_path)
    for board in ({"metric": "rmse", "models": [{"family": "größer"}]}, {"metric": "log_loss", "models": []}):
        leaderboard.write(board, folder)
        assert tf.io.gfile.listdir(folder) == [leaderboard.FILE]
        with tf.io.gfile.GFile(f"{folder}/{leaderboard.FILE}") as file:
            assert json.loads(file.read()) == board
