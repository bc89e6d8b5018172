"""The image of the server: both stages of its Dockerfile in a Debian 13 of their own, then its command, asked."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.ports import free_port
from tests.deploy.server_environment import size
from tests.dockerfile import SERVER, context, steps
from tests.stacks.image import Image
from tests.stacks.stack import PROJECT

pytestmark = pytest.mark.stacks

BASE = PROJECT / ".tools" / "next" / "root"
CACHE = Path.home() / ".cache" / "uv"
# With Debian, Python and our environment, in bytes.
LARGEST = 1.2e9


@pytest.fixture(scope="session", autouse=True)
def debian():
    """The system alone is enough: TFX is not in this image."""
    if not BASE.is_dir():
        pytest.skip("there is no Debian 13 to build the image in: `make test-next` makes one")


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """Build the image; its base is the Debian 13 of scripts/next-root, without the project that is in it."""
    CACHE.mkdir(parents=True, exist_ok=True)
    made: dict[str, Image] = {}
    for step in steps(SERVER.read_text()):
        if step.name == "FROM":
            root = tmp_path_factory.mktemp("image") / "root"
            root.mkdir()
            subprocess.run(
                ["sh", "-ec", f"tar -C {BASE} --exclude=./penstock -cf - . | tar -C {root} -xf -"], check=True
            )
            made[step.stage] = Image(root, {"/root/.cache/uv": CACHE})
        if made:
            made[step.stage].build([step], PROJECT, context(SERVER), made)
    yield made[""]
    for each in made.values():
        shutil.rmtree(each.root)


def test_image_has_the_environment_alone_and_its_user_is_not_root(image, capsys):
    assert [file.name for file in (image.root / "penstock").iterdir()] == [".venv"]
    program = "import os, sys, tensorflow, penstock; print(os.getuid(), sys.executable, tensorflow.__version__)"
    done = image.run(["python", "-c", program], {}, capture_output=True, text=True)
    assert done.stdout.split() == ["1000", "/penstock/.venv/bin/python", "2.21.0"], done.stderr[-3000:]
    bytes_of_environment = size(image.root / "penstock")
    with capsys.disabled():
        sys.stdout.write(f"\nThe environment of the server's image: {bytes_of_environment / 1e6:,.0f} MB\n")
    assert bytes_of_environment < LARGEST


# Starts the command of the image, asks it as soon as it is ready, and ends it.
SESSION = """
penstock serve --host 127.0.0.1 --rest-port {rest} --grpc-port {grpc} --model model=/models/mixed >/tmp/log 2>&1 &
server=$!
python - <<END
import time, urllib.request
url = "http://127.0.0.1:{rest}"
for _ in range(600):
    try:
        urllib.request.urlopen(url + "/readyz", timeout=5)
        break
    except OSError:
        time.sleep(0.2)
body = b'{{"instances": [{{"x": 1.5, "n": 2, "s": "a"}}]}}'
print(urllib.request.urlopen(url + "/v1/models/model:predict", body, timeout=60).read().decode())
END
kill $server
wait $server && echo ended in order
"""


def test_command_of_the_image_answers_as_a_user_who_can_write_nothing(image, tmp_path):
    from tests.penstock.server.saved_models import write_mixed

    write_mixed(tmp_path / "mixed" / "3", 3.0)
    # A pushed version is readable for its user only; here that user is another one.
    subprocess.run(["chmod", "-R", "a+rX", str(tmp_path)], check=True)
    session = SESSION.format(rest=free_port(), grpc=free_port())
    done = image.run(["sh", "-c", session], {"/models": tmp_path}, capture_output=True, text=True)
    answer, ended = done.stdout.splitlines()
    assert json.loads(answer) == {"predictions": [{"score": 5.5, "count": 3, "text": "a!"}]}, done.stderr[-3000:]
    assert ended == "ended in order"
