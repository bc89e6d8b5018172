"""What the pages of the registry say."""

import pytest

from penstock.dashboard.routes.models import router


def test_pages_only_read():
    assert all(route.methods == {"GET"} for route in router.routes)


@pytest.mark.slow
def test_models_have_versions_aliases_and_events(site):
    text = site.page("/models").text
    for words in ("taxi/taxi", "default", "alias moved", "version recorded", "0.92"):
        assert words in text
    page = site.page("/models/default").text
    for words in ("Version 1", "Signatures", "outputs", "tip float", "owner"):
        assert words in page


def test_experiments_are_a_table_with_chosen_columns_and_an_order(site):
    page = site.page("/experiments?column=metric.auc&column=setting.model.rounds&sort=-metric.auc")
    order = [page.text.index(f"taxi_1a2b3c4_{number} ") for number in (2, 3, 1)]
    assert order == sorted(order)
    assert 'aria-sort="descending"' in page.markup
    assert any("sort=metric.auc" in link and "column=setting.model.rounds" in link for link in page.links)


def test_comparison_says_what_differs(site):
    text = site.page("/compare?e=taxi_1a2b3c4_1&e=taxi_1a2b3c4_2").text
    for words in ("model.rounds 100 300", "auc 0.91 0.93", "log_loss 0.3 0.3", "Nothing differs"):
        assert words in text
