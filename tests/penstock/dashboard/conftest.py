"""The pages of a dashboard; the tests do not change what they show."""

import pytest

from tests.dashboard_site import fill, site_of


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    with site_of(fill(tmp_path_factory.mktemp("dashboard"))) as opened:
        yield opened
