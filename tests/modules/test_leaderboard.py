"""The leaderboard as a file."""

import json

from modules import leaderboard


def test_leaderboard_is_written_whole_over_an_older_one(tmp_path):
    for board in ({"metric": "rmse", "models": [{"family": "größer"}]}, {"metric": "log_loss", "models": []}):
        leaderboard.write(board, str(tmp_path))
        assert [file.name for file in tmp_path.iterdir()] == [leaderboard.FILE]
        assert json.loads((tmp_path / leaderboard.FILE).read_text(encoding="utf-8")) == board
