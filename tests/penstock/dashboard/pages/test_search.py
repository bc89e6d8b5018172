"""The search."""

import pytest

from penstock.dashboard.pages.search import hits
from tests.registry_rows import digest


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("nothing at all", []),
        ("version 2", [("version", "/p/taxi/models/2")]),
        ("MILES", [("column", "/p/taxi/data/miles")]),
        ("1a2b3c4_2", [("experiment", "/p/taxi/experiments/taxi_1a2b3c4_2")]),
        (digest(2), [("version", "/p/taxi/models/2")]),
        ("000002", [("run", "/p/taxi/runs/20260101-000002")]),
    ],
)
def test_pages_are_found_by_name_number_or_digest(site, text, found):
    assert [(hit.kind, hit.link) for hit in hits(site.source, text)] == found


def test_file_is_found_by_the_beginning_of_its_digest(site):
    assert {(hit.kind, hit.name) for hit in hits(site.source, "ffffffff")} == {("file", "trips.csv")}
