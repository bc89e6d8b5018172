"""The compose file, read by Docker Compose itself."""

import json
import shutil

import pytest
import yaml

from tests.deploy.checkers import DEPLOY, compose
from tests.dockerfile import DOCKERFILE, ROOT, SERVER, steps

FILE = DEPLOY / "compose.yaml"
SERVICES = yaml.safe_load(FILE.read_text())["services"]


@pytest.fixture
def folder(tmp_path):
    """A project with the file alone: a secret is a file that the user makes."""
    (tmp_path / "deploy").mkdir()
    shutil.copy(FILE, tmp_path / "deploy" / "compose.yaml")
    return tmp_path / "deploy"


def configuration(folder, *options, **environment):
    done = compose("--file", "compose.yaml", *options, "config", "--format", "json", folder=folder, **environment)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


@pytest.mark.slow
def test_file_is_accepted_and_tensorflow_serving_is_there_if_asked_for(folder):
    found = configuration(folder)
    assert sorted(found["services"]) == ["postgres", "registry", "server"]
    with_both = configuration(folder, "--profile", "tensorflow-serving", MODEL="tips", MODELS="/srv/models")
    assert sorted(with_both["services"]) == ["postgres", "registry", "server", "tensorflow-serving"]
    server, other = with_both["services"]["server"], with_both["services"]["tensorflow-serving"]
    assert server["command"] == ["--max-body", "16777216", "--model", "tips=/models/tips"]
    assert other["environment"] == {"MODEL_NAME": "tips"}
    for service in (server, other):
        [volume] = service["volumes"]
        assert (volume["source"], volume["target"], volume["read_only"]) == ("/srv/models", "/models", True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    healthcheck:", "    health_check:", "Additional property health_check is not allowed"),
        ("condition: service_healthy", "condition: healthy", "condition must be one of"),
        ("restart: unless-stopped", "restart: 5", "restart must be a string"),
        ("secrets: [postgres_password]", "secrets: [password]", "undefined secret password"),
        ("networks: [database, front]", "networks: [database, back]", "undefined network back"),
    ],
)
def test_wrong_file_is_refused(folder, old, new, message):
    text = FILE.read_text()
    assert old in text
    (folder / "compose.yaml").write_text(text.replace(old, new, 1))
    assert message in compose("--file", "compose.yaml", "config", "--quiet", folder=folder).stderr


def test_no_secret_is_in_the_file_and_its_folder_is_not_tracked():
    assert "deploy/secrets/" in (ROOT / ".gitignore").read_text()
    variables = [line for each in SERVICES.values() for line in each.get("environment", {}).items()]
    secret = [(name, value) for name, value in variables if "PASSWORD" in name or "TOKEN" in name]
    assert secret == [("POSTGRES_PASSWORD_FILE", "/run/secrets/postgres_password")]


def test_services_of_ours_are_built_from_the_dockerfiles_and_may_write_nothing():
    built = {name: each["build"]["dockerfile"] for name, each in SERVICES.items() if "build" in each}
    assert built == {
        "registry": str(DOCKERFILE.relative_to(ROOT)),
        "server": str(SERVER.relative_to(ROOT)),
    }
    for name in ("registry", "server", "tensorflow-serving"):
        service = SERVICES[name]
        assert (service["read_only"], service["cap_drop"], service["tmpfs"]) == (True, ["ALL"], ["/tmp"])
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_every_service_has_a_health_check_and_ports_on_loopback_only():
    for service in SERVICES.values():
        assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
        assert [port for port in service.get("ports", []) if not port.startswith("127.0.0.1:")] == []
    [exposed] = [step.words for step in steps(SERVER.read_text()) if step.name == "EXPOSE"]
    assert [port.rpartition(":")[2] for port in SERVICES["server"]["ports"]] == exposed
    assert SERVICES["postgres"]["networks"] == ["database"]
