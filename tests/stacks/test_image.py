"""The image: the steps of its Dockerfile run in a Debian 13 of their own, then nodes of a compiled pipeline in it."""

import shutil
import subprocess
from pathlib import Path

import pytest
from tensorflow_metadata.proto.v0 import statistics_pb2

from tests.dockerfile import DOCKERFILE, context, steps
from tests.e2e.kfp_launcher import Cluster
from tests.stacks.image import Image, ImageContainer
from tests.stacks.stack import OLD, PROJECT
from tests.stacks.tables import write_project

pytestmark = pytest.mark.stacks

BASE = PROJECT / ".tools" / "next" / "root"
CACHE = Path.home() / ".cache" / "uv"


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """Build the image; its base is the Debian 13 of scripts/next-root, without the project that is in it."""
    root = tmp_path_factory.mktemp("image") / "root"
    root.mkdir()
    copy = f"tar -C {BASE} --exclude=./penstock -cf - . | tar -C {root} -xf -"
    subprocess.run(["sh", "-ec", copy], check=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    made = Image(root, {"/root/.cache/uv": CACHE})
    made.build(steps(DOCKERFILE.read_text()), PROJECT, context())
    yield made
    shutil.rmtree(root)


def test_user_of_the_image_is_not_root_and_finds_the_python_of_the_environment(image):
    program = "import os, sys, tfx; print(os.getuid(), sys.executable, tfx.__version__, os.getcwd())"
    done = image.run(["python", "-c", program], {}, capture_output=True, text=True)
    assert done.stdout.split() == ["1000", "/penstock/.venv/bin/python", "1.21.0", "/penstock"], done.stderr[-3000:]


def test_nothing_of_the_build_is_left_and_bytecode_is_there(image):
    project = image.root / "penstock"
    assert not (project / ".tools").exists()
    assert not (project / "tests").exists()
    assert list((image.root / "root" / ".cache" / "uv").iterdir()) == []
    assert list((image.root / "var/lib/apt/lists").iterdir()) == []
    assert list((project / "components" / "__pycache__").glob("pusher.*.pyc"))
    assert list((project / ".venv").glob("lib/python3.13/site-packages/tfx/__pycache__/version.*.pyc"))


def test_nodes_of_a_compiled_pipeline_run_in_it(image, tmp_path):
    folder = write_project("trees", tmp_path / "project")
    settings = ("--set", "push.directory=/models", "--set", "data.source=/rows/rows.csv")
    [file] = OLD.penstock(folder, "compile", "--output", "out", *settings)["files"]
    run = Cluster.of(
        folder / file,
        "s3://bucket/runs/1",
        lambda scratch: ImageContainer(image, scratch, {"/rows": folder}),
        tmp_path,
    )
    for node in ("ExampleGen", "StatisticsGen"):
        run.launch(node)
    file = run.files("StatisticsGen", "statistics") / "Split-train" / "FeatureStats.pb"
    found = statistics_pb2.DatasetFeatureStatisticsList.FromString(file.read_bytes())
    assert found.datasets[0].num_examples > 500
