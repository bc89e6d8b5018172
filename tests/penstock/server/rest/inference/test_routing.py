import pytest

from penstock.server.errors import ServingError
from penstock.server.rest.inference.routing import Route, route


@pytest.mark.parametrize(
    ("path", "expected", "method"),
    [
        ("/v2", Route("server"), "GET"),
        ("/v2/health/live", Route("live"), "GET"),
        ("/v2/health/ready", Route("all_ready"), "GET"),
        ("/v2/repository/index", Route("index"), "POST"),
        ("/v2/models/a%20b", Route("metadata", "a b"), "GET"),
        ("/v2/models/a/ready", Route("ready", "a"), "GET"),
        ("/v2/models/a/versions/1/infer", Route("infer", "a", "1"), "POST"),
    ],
)
def test_a_path_has_an_action_and_a_method(path, expected, method):
    assert route(path) == expected
    assert expected.method == method


@pytest.mark.parametrize(
    "path", ["/v2/models", "/V2", "/v2/models/a/b", "/v2/models/a/versions", "/v1/models/a", "/v2x"]
)
def test_other_paths_are_not_of_the_protocol(path):
    assert route(path) is None


def test_a_version_is_a_number():
    assert Route("infer", "a", "0012").number == 12
    assert Route("infer", "a").number is None
    for version in ("x", "-1", "1" * 30, "²"):
        with pytest.raises(ServingError, match="failed to get model version"):
            _ = Route("infer", "a", version).number
