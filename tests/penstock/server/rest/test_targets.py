import pytest

from penstock.server.errors import ServingError
from penstock.server.rest.targets import Target, target


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("POST", "/v1/models/a:predict", Target("a", None, None, "predict")),
        ("POST", "/v1/models/a%3Ab/versions/7:classify", Target("a:b", 7, None, "classify")),
        ("POST", "/v1/MODELS/A/Labels/a%2Fb:regress", Target("A", None, "a/b", "regress")),
        ("GET", "/v1/models/a", Target("a", None, None, "status")),
        ("GET", "/v1/models/a/versions/0", Target("a", 0, None, "status")),
        ("GET", "/v1/models/a/versions/9223372036854775807/metadata", Target("a", 2**63 - 1, None, "metadata")),
        ("GET", "/v1/models/%FF", Target("\ufffd", None, None, "status")),
    ],
)
def test_a_path_names_a_model_a_version_and_a_method(method, path, expected):
    assert target(method, path) == expected


@pytest.mark.parametrize("version", ["9223372036854775808", "1" * 5000])
def test_a_version_that_is_too_large_is_refused(version):
    with pytest.raises(ServingError, match=f"Failed to convert version: {version} to numeric."):
        target("GET", f"/v1/models/a/versions/{version}")


@pytest.mark.parametrize(
    "path", ["/v1/models/a:predict\n", "/v1/models/a:predict/", "/v1/models/a:b:predict", "/v1/models//x"]
)
def test_a_path_has_to_match_as_a_whole(path):
    with pytest.raises(ServingError, match="Malformed request: POST /v1/models/"):
        target("POST", path)
