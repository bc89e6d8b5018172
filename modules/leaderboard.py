"""The leaderboard of `auto`: each model that it tried, with what it reached and what it cost."""

import json
import os
from typing import Any

FILE = "leaderboard.json"


def write(leaderboard: dict[str, Any], folder: str) -> None:
    """Write the leaderboard as JSON; it appears whole or not at all."""
    file = os.path.join(folder, FILE)
    with open(f"{file}.new", "w", encoding="utf-8") as stream:
        json.dump(leaderboard, stream, indent=2)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(f"{file}.new", file)
