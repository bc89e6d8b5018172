"""`penstock score` on a Flink: the rows of a local scoring, also without a TaskManager that is lost meanwhile."""

import json
import shutil

import pytest

from scripts.cluster.flink import Size
from scripts.cluster.programs import kill, running
from tests.clusters.conftest import flink_cluster, taxi
from tests.clusters.test_loss import busy_task_manager

pytestmark = pytest.mark.cluster


def scored(file):
    """Return the lines of a file without version, id and time of the scoring."""
    return [line.rsplit(",", 3)[0] for line in file.read_text().splitlines()]


def test_scoring_goes_on_without_a_task_manager_that_was_killed(tmp_path, tables, pool):
    local = tables.local(15_002).project
    rows = tables.rows(150_020)
    project = taxi(tmp_path / "project", rows)
    shutil.copytree(local.folder / "models", project.folder / "models")
    assert project.penstock("score", str(rows), "--to", "here.csv").returncode == 0
    with flink_cluster(tmp_path / "flink", Size(task_managers=2, slots=4)) as cluster:
        words = ["score", str(rows), "--to", "there.csv", "--json"]
        process = project.start(*words, *cluster.settings("--parallelism=2", workers=pool))
        lost = busy_task_manager(cluster)
        kill(cluster.folder, lost)
        out, err = process.communicate(timeout=600)
        assert lost not in running(cluster.folder)
    assert process.returncode == 0, (out, err)
    assert json.loads(out)["rows"] == 150_020
    assert scored(project.folder / "there.csv") == scored(project.folder / "here.csv")
    assert not list(project.folder.glob(".there*"))
