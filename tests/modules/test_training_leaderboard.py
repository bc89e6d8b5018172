"""The leaderboard as a file, on this machine or in a bucket."""

import pytest

from penstock.core.documents.training import Leaderboard
from tests.pipeline.cli.leaderboards import LEADERBOARD


@pytest.mark.slow
@pytest.mark.parametrize("place", ["{}", "ram://boards"])
def test_leaderboard_replaces_an_older_one_in_one_step(tmp_path, place):
    import tensorflow as tf

    from modules import training

    folder = place.format(tmp_path)
    for changes in ({"left_out": {"größer": "needs about 12 s"}}, {"models": []}):
        board = Leaderboard.model_validate({**LEADERBOARD, **changes})
        training.write_leaderboard(board, folder)
        assert tf.io.gfile.listdir(folder) == ["leaderboard.json"]
        with tf.io.gfile.GFile(f"{folder}/leaderboard.json") as file:
            assert Leaderboard.parse(file.read(), folder) == board
