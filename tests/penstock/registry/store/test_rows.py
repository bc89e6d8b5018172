import pytest

from penstock.registry.errors import Invalid
from penstock.registry.store.rows import Slice


def test_pages_of_a_list_have_each_row_once(registry):
    made = [registry.create_project(f"p{number}") for number in range(7)]
    found, after = [], None
    while True:
        page = registry.projects(Slice(limit=3, after=after))
        found += page.items
        if (after := page.after) is None:
            break
    assert found == made


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "9" * 30, "²"])
def test_page_after_no_id_is_refused(registry, after):
    with pytest.raises(Invalid, match="^after: expected the value that the last answer gave"):
        registry.projects(Slice(after=after))
