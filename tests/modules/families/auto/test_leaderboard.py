"""The leaderboard as a file, on this machine or elsewhere."""

import pytest

from penstock.core.documents.training import Leaderboard
from tests.pipeline.cli.leaderboards import LEADERBOARD


@pytest.mark.parametrize("place", ["{}", "ram://boards"])
def test_leaderboard_is_written_whole_over_an_older_one(tmp_path, place):
    import tensorflow as tf

    from modules.families.auto import leaderboard

    folder = place.format(tmp_path)
    for changes in ({"left_out": {"größer": "needs about 12 s"}}, {"models": []}):
        board = Leaderboard.model_validate({**LEADERBOARD, **changes})
        leaderboard.write(board, folder)
        assert tf.io.gfile.listdir(folder) == ["leaderboard.json"]
        with tf.io.gfile.GFile(f"{folder}/leaderboard.json") as file:
            assert Leaderboard.parse(file.read(), folder) == board
