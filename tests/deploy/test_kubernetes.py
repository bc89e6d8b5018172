"""The Kubernetes manifests: by the schemas of several versions, and what they say to each other and to the image."""

import copy
import json

import pytest
import yaml

from tests.deploy.checkers import DEPLOY, kubernetes_errors
from tests.dockerfile import SERVER, steps

FOLDER = DEPLOY / "kubernetes"
KUSTOMIZATION = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
MANIFESTS = {name: yaml.safe_load((FOLDER / name).read_text()) for name in KUSTOMIZATION["resources"]}
BY_KIND = {each["kind"]: each for each in MANIFESTS.values()}
POD = BY_KIND["Deployment"]["spec"]["template"]["spec"]
[CONTAINER] = POD["containers"]
# The oldest that is still maintained, and the newest that the package has.
VERSIONS = ("1.34", "1.37")
PODS = {"app.kubernetes.io/name": "penstock-server"}


def changed(path, value):
    """Return the deployment with a value at a path; None removes it."""
    document = copy.deepcopy(BY_KIND["Deployment"])
    *outer, last = path
    place = document
    for key in outer:
        place = place[key]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return document


SERVER_PATH = ("spec", "template", "spec", "containers", 0)
WRONG = {
    "an unknown field of a container": changed((*SERVER_PATH, "readyProbe"), {}),
    "an unknown field of a probe": changed((*SERVER_PATH, "livenessProbe", "timeout"), 5),
    "a field in the wrong place": changed(("spec", "terminationGracePeriodSeconds"), 60),
    "text in place of a number": changed((*SERVER_PATH, "livenessProbe", "periodSeconds"), "ten"),
    "a missing selector": changed(("spec", "selector"), None),
    "a container without a name": changed((*SERVER_PATH, "name"), None),
    "an API that this version has not": changed(("apiVersion",), "apps/v1beta1"),
    "a misspelt security context": changed((*SERVER_PATH, "securityContext", "readOnlyRootFileSystem"), True),
}


@pytest.mark.slow
def test_manifests_fit_the_schemas_and_wrong_ones_do_not():
    cases = [(document, version) for document in MANIFESTS.values() for version in VERSIONS]
    wrong = [(document, VERSIONS[-1]) for document in WRONG.values()]
    found = kubernetes_errors(*cases, *wrong)
    assert found[: len(cases)] == [None] * len(cases)
    accepted = [name for name, error in zip(WRONG, found[len(cases) :], strict=True) if error is None]
    assert accepted == []


def test_every_file_of_the_folder_is_applied_or_said_to_be_something_else():
    others = {"kustomization.yaml", "prometheus-adapter.yaml"}
    assert {file.name for file in FOLDER.iterdir()} == {*MANIFESTS, *others}
    assert list(BY_KIND) == [
        *("Deployment", "Service", "HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy"),
    ]


def test_every_manifest_is_about_the_same_pods():
    spec = {kind: each["spec"] for kind, each in BY_KIND.items()}
    assert spec["Deployment"]["selector"] == {"matchLabels": PODS}
    assert PODS.items() <= spec["Deployment"]["template"]["metadata"]["labels"].items()
    assert spec["Service"]["selector"] == PODS
    assert spec["PodDisruptionBudget"]["selector"] == {"matchLabels": PODS}
    assert spec["NetworkPolicy"]["podSelector"] == {"matchLabels": PODS}
    scaled = spec["HorizontalPodAutoscaler"]["scaleTargetRef"]
    deployment = BY_KIND["Deployment"]
    assert (scaled["apiVersion"], scaled["kind"]) == (deployment["apiVersion"], deployment["kind"])
    assert scaled["name"] == deployment["metadata"]["name"]


def test_ports_of_the_manifests_are_those_of_the_image():
    named = {port["name"]: port["containerPort"] for port in CONTAINER["ports"]}
    [exposed] = [step.words for step in steps(SERVER.read_text()) if step.name == "EXPOSE"]
    assert sorted(map(str, named.values())) == exposed
    assert {port["targetPort"] for port in BY_KIND["Service"]["spec"]["ports"]} == set(named)
    probes = [CONTAINER[f"{kind}Probe"]["httpGet"] for kind in ("startup", "readiness", "liveness")]
    assert [(probe["port"], probe["path"]) for probe in probes] == [
        *(("http", "/readyz"), ("http", "/readyz"), ("http", "/livez")),
    ]
    rules = BY_KIND["NetworkPolicy"]["spec"]["ingress"]
    assert {port["port"] for rule in rules for port in rule["ports"]} == set(named)


def test_arguments_are_those_of_the_image_with_a_model_in_the_mounted_folder():
    [arguments] = [json.loads(step.text) for step in steps(SERVER.read_text()) if step.name == "CMD"]
    assert CONTAINER["args"][2:-1] == arguments[:-1]
    [mount] = [each for each in CONTAINER["volumeMounts"] if each["name"] == "models"]
    assert CONTAINER["args"][-1].partition("=")[2].startswith(f"{mount['mountPath']}/")
    assert mount["readOnly"]
    assert {each["name"] for each in POD["volumes"]} == {each["name"] for each in CONTAINER["volumeMounts"]}


def test_pod_has_no_rights_and_no_token_and_limits():
    assert POD["securityContext"]["runAsNonRoot"]
    assert [step.text for step in steps(SERVER.read_text()) if step.name == "USER"] == [
        str(POD["securityContext"]["runAsUser"])
    ]
    assert POD["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not POD["automountServiceAccountToken"]
    assert CONTAINER["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert set(CONTAINER["resources"]["requests"]) == {"cpu", "memory"}
    limit = int(CONTAINER["resources"]["limits"]["memory"].removesuffix("Gi")) << 30
    assert CONTAINER["args"][0] == "--max-body"
    assert 45 * int(CONTAINER["args"][1]) < limit / 2


def test_a_stopping_pod_has_more_time_than_its_last_requests_need():
    sleep = int(CONTAINER["lifecycle"]["preStop"]["exec"]["command"][1])
    assert POD["terminationGracePeriodSeconds"] >= sleep + 30


def test_disruptions_leave_a_pod_and_a_rollout_never_has_fewer():
    assert BY_KIND["HorizontalPodAutoscaler"]["spec"]["minReplicas"] > 1
    assert BY_KIND["PodDisruptionBudget"]["spec"]["maxUnavailable"] == 1
    assert BY_KIND["Deployment"]["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    # Each apply would undo what the autoscaler did.
    assert "replicas" not in BY_KIND["Deployment"]["spec"]


def test_metric_of_the_autoscaler_is_the_one_that_the_adapter_makes():
    [metric] = BY_KIND["HorizontalPodAutoscaler"]["spec"]["metrics"]
    name = metric["pods"]["metric"]["name"]
    [rule] = yaml.safe_load((FOLDER / "prometheus-adapter.yaml").read_text())["rules"]["custom"]
    assert rule["seriesQuery"].partition("{")[0] == name
    assert rule["name"]["matches"] == name
    assert set(rule["resources"]["overrides"]) == {"namespace", "pod"}


def test_image_of_the_kustomization_is_the_one_of_the_deployment():
    [image] = KUSTOMIZATION["images"]
    assert image["name"] == CONTAINER["image"]
    assert image["newTag"] != "latest"


def test_no_manifest_has_a_secret():
    text = "".join(file.read_text().lower() for file in FOLDER.iterdir())
    assert [word for word in ("password", "secretkeyref", "stringdata", "kind: secret") if word in text] == []
