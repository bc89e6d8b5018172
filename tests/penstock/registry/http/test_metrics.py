import pytest

from penstock.registry.http.app import create_app
from penstock.registry.http.metrics import Metrics
from tests.registry_server import serving


@pytest.mark.slow
def test_requests_are_counted_by_method_route_and_status(registry, token):
    with serving(create_app(registry, open_to_readers=False)) as http:
        http.get("/api/projects/all", headers=token("read", name="r"))
        http.get("/api/projects/all")
        assert http.get("/metrics").status_code == 401
        text = http.get("/metrics", headers=token("read", name="p")).text
    line = 'penstock_registry_requests_total{method="GET",route="/api/projects/all",status="%s"} 1.0'
    assert line % 200 in text
    assert line % 401 in text


def test_two_applications_of_one_process_count_for_themselves():
    one, two = Metrics(), Metrics()
    one.count("GET", "/x", 200, 0.1)
    assert b'route="/x"' in one.text()
    assert b'route="/x"' not in two.text()
