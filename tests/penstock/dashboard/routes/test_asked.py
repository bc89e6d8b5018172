"""The part of a list."""

from penstock.dashboard.routes.asked import PER_PAGE, part_of


def test_list_is_shown_in_parts_and_a_part_beyond_the_end_is_the_last():
    items = list(range(2 * PER_PAGE + 1))
    parts = [part_of(items, number) for number in (1, 2, 3, 99)]
    assert [(len(part.items), part.number, part.pages, part.total) for part in parts] == [
        (PER_PAGE, 1, 3, 101),
        (PER_PAGE, 2, 3, 101),
        (1, 3, 3, 101),
        (1, 3, 3, 101),
    ]
    assert parts[3].items == [100]
    assert part_of([], 1).pages == 1
