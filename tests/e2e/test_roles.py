"""Tables with long text, lists of numbers and malformed values: trained, then scored."""

import json

import duckdb
import pytest

from tests.e2e.conftest import Project

pytestmark = pytest.mark.e2e

CONFIGURATION = """
name = "stories"
[data]
source = "rows.parquet"
label = "sad"
{data}
[features]
{features}
[model]
epochs = 10
batch_size = 32
text_buckets = 256
[evaluation]
metric = "auc"
min = {least}
[push]
directory = "models"
"""
SELECTION = """
SELECT i, CASE WHEN i % 50 = 7 THEN NULL ELSE 'It was a ' || CASE WHEN rainy THEN 'gloomy, RAINY' ELSE 'sunny' END
    || ' day number ' || i END AS "the story",
  CASE WHEN i % 40 = 3 THEN NULL ELSE [i % 7, CASE WHEN dark THEN 0 ELSE 255 END, 'nan'::DOUBLE, 3] END AS pixels,
  i % 11 AS n, rainy AND dark AS sad
FROM (SELECT range AS i, hash(range) % 3 > 0 AS rainy, hash(range + 9999) % 3 > 0 AS dark FROM range(900))
"""


def project(folder, selection, features, least, data=""):
    duckdb.sql(f"COPY ({selection}) TO '{folder / 'rows.parquet'}' (FORMAT parquet)")
    (folder / "pipeline.toml").write_text(CONFIGURATION.format(features=features, least=least, data=data))
    return Project(folder)


def test_text_and_lists_of_a_parquet_file_are_trained_on_and_scored(tmp_path):
    features = '"the story" = "text"\npixels = "vector[4]"\nn = "numeric"'
    stories = project(tmp_path, SELECTION, features, least=0.9)
    found = stories.run("run")
    assert (found["exit"], found["state"]) == (0, "pushed"), found
    done = stories.penstock("predict", "rows.parquet", "--output", "scored.parquet")
    assert done.returncode == 0, done.stderr
    [(rows, right, lists)] = duckdb.sql(
        f"SELECT count(*), avg(((probability > 0.5) = sad)::INT), count(pixels) FROM '{tmp_path / 'scored.parquet'}'"
    ).fetchall()
    assert rows == 900
    assert right > 0.9
    assert lists == 877
    (tmp_path / "rows.jsonl").write_text(
        json.dumps({"the story": "a sunny day", "pixels": [1, 255, None, 3], "n": 3})
        + "\n"
        + json.dumps({"the story": "a gloomy, rainy day", "pixels": [1, 0, None, 3], "n": None})
        + "\n"
    )
    done = stories.penstock("predict", "rows.jsonl", "--output", "scored.jsonl")
    assert done.returncode == 0, done.stderr
    bright, gloomy = (json.loads(line)["probability"] for line in (tmp_path / "scored.jsonl").read_text().splitlines())
    assert bright < 0.5 < gloomy


STRANGE = """
SELECT i % 3 = 0 AS sad, CASE WHEN i % 4 = 0 THEN 'eval' ELSE 'train' END AS part,
  CASE WHEN i % 4 = 0 THEN i / 7 END AS "late", CASE WHEN i % 4 = 0 THEN i % 8 = 0 END AS "late flag",
  CASE WHEN i % 4 > 0 THEN i END AS "early", CASE WHEN i % 4 = 0 THEN 'a' || i END AS "late word",
  CASE WHEN i % 4 = 0 THEN [i, 2.5::FLOAT] END AS "late list",
  CASE WHEN i % 4 = 0 THEN 'word ' || i END AS "late story",
  7 AS constant, CASE i % 5 WHEN 0 THEN 1e308 WHEN 1 THEN -1e38 WHEN 2 THEN 'inf'::DOUBLE ELSE i END AS huge,
  9007199254740993 + i % 3 AS whole, 'a' || chr(30 + (i % 2)::INT) || 'b' AS separated,
  CASE WHEN i % 3 = 0 THEN 'sad' || chr(10) || 'day' ELSE 'good' END AS broken
FROM range(120) AS t(i)
"""


def test_table_of_strange_values_is_trained_on_and_scored(tmp_path):
    roles = {
        **{"late": "numeric", "late flag": "boolean", "early": "numeric", "late word": "categorical"},
        **{"late list": "vector[2]", "late story": "text", "constant": "numeric", "huge": "numeric"},
        **{"whole": "numeric", "separated": "categorical", "broken": "categorical"},
    }
    features = "\n".join(f'"{name}" = "{role}"' for name, role in roles.items())
    strange = project(tmp_path, STRANGE, features, least=0.0, data='[data.split]\ncolumn = "part"')
    found = strange.run("run", "--set", "evaluation.not_worse_than_linear=false")
    assert (found["exit"], found["state"]) == (0, "pushed"), found
    done = strange.penstock("predict", "rows.parquet", "--output", "scored.parquet")
    assert done.returncode == 0, done.stderr
    [(rows, least, greatest)] = duckdb.sql(
        f"SELECT count(*), min(probability), max(probability) FROM '{tmp_path / 'scored.parquet'}'"
    ).fetchall()
    assert rows == 120
    assert 0 <= least < greatest <= 1
