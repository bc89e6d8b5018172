"""The Dockerfile of the image: its instructions, what it copies and what stays out; tests/stacks runs its steps."""

import pytest

from tests.dockerfile import DOCKERFILE, IGNORE, ROOT, context, ignored, steps

SECRETS = ("PASSWORD", "SECRET", "TOKEN", "KEY", "CREDENTIAL")
PACKAGES = ("components", "modules", "penstock", "pipeline")


@pytest.fixture(scope="module")
def image():
    return list(steps(DOCKERFILE.read_text()))


@pytest.fixture(scope="module")
def files():
    return set(context())


def test_only_instructions_that_the_tests_can_run_are_used(image):
    known = {"ARG": (), "FROM": (), "RUN": ("mount",), "WORKDIR": (), "COPY": ("chmod",), "ENV": (), "USER": ()}
    assert {step.name for step in image} <= set(known)
    assert [step for step in image if set(step.flags) - set(known[step.name])] == []


@pytest.mark.parametrize(("given", "base"), [({}, "debian:13-slim"), ({"DEBIAN": "12"}, "debian:12-slim")])
def test_base_is_a_debian_that_a_stack_supports(given, base):
    assert [step.text for step in steps(DOCKERFILE.read_text(), **given) if step.name == "FROM"] == [base]


def test_python_of_the_environment_is_first_and_the_project_is_where_nodes_look_for_it(image):
    last = image[-1]
    assert last.environment["PATH"].startswith("/penstock/.venv/bin:/usr/local/sbin:")
    assert last.environment["PYTHONPATH"] == "/penstock"
    assert [step.text for step in image if step.name == "WORKDIR"] == ["/penstock"]


@pytest.mark.parametrize(("given", "user"), [({}, "1000"), ({"RUN_AS": "0"}, "0")])
def test_user_is_a_number_and_not_root_unless_asked_for(given, user):
    [*_, last] = steps(DOCKERFILE.read_text(), **given)
    assert (last.name, last.text) == ("USER", user)


def test_each_file_that_is_copied_is_in_the_context(image, files):
    sources = [word for step in image if step.name == "COPY" for word in step.words[:-1]]
    assert [name for name in sources if name != "." and name not in files] == []
    assert sources[-1] == "."


def test_packages_are_installed_from_the_locks_and_before_the_code(image):
    names = [step.text for step in image]
    install = next(index for index, text in enumerate(names) if "scripts/set-up" in text and image[index].name == "RUN")
    assert install < names.index(". .")
    copied = {word for step in image[:install] if step.name == "COPY" for word in step.words}
    assert {"requirements.lock", "requirements-next.lock", "scripts/set-up", "scripts/uv.lock"} <= copied
    assert "--require-hashes" in (ROOT / "scripts" / "set-up").read_text()


def test_caches_do_not_become_part_of_a_layer(image):
    [install] = [step for step in image if step.caches]
    assert install.caches == ["/root/.cache/uv"]
    assert install.text.endswith("rm -rf .tools")
    [packages] = [step for step in image if "apt-get install" in step.text]
    assert packages.text.endswith("rm -rf /var/lib/apt/lists/*")


def test_image_has_the_code_of_every_package_and_the_configuration(files):
    sources = {str(file.relative_to(ROOT)) for package in PACKAGES for file in (ROOT / package).rglob("*.py")}
    assert sources - files == set()
    assert {"pipeline.toml", "pyproject.toml"} <= files
    assert [name for name in files if name.startswith(("tests/", "docs/", "benchmarks/", "notebooks/"))] == []


@pytest.mark.parametrize(
    "name",
    [
        ".git/config",
        ".venv/bin/python",
        ".tools/uv/bin/uv",
        "state/metadata.sqlite",
        "models/taxi/1/saved_model.pb",
        "compiled/taxi-kubeflow.yaml",
        "penstock/core/__pycache__/files.cpython-311.pyc",
        ".env",
        "data/.env.local",
        "id.pem",
        "certificates/server.key",
        "my-credentials.json",
        "keys/service-account.json",
        ".aws/credentials",
        "deploy/secrets/postgres_password",
    ],
)
def test_file_of_this_machine_or_of_a_secret_stays_out(name):
    assert ignored(IGNORE.read_text()).match(name)


@pytest.mark.parametrize("name", ["data/taxi/trips.csv", "schema.pbtxt", "rows.csv", "modules/state.py", "keys.csv"])
def test_file_that_a_node_may_read_is_not_left_out(name):
    assert not ignored(IGNORE.read_text()).match(name)


def test_no_instruction_has_a_secret(image):
    names = [word.partition("=")[0].upper() for step in image if step.name in ("ARG", "ENV") for word in step.words]
    assert [name for name in names if any(secret in name for secret in SECRETS)] == []
