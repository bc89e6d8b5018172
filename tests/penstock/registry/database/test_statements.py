from penstock.registry.database.statements import Statement, insert, update
from penstock.registry.lists import Slice


def test_values_are_parameters_and_never_text():
    name = "x'; DROP TABLE events; --"
    assert insert("projects", {"name": name, "description": ""}) == Statement(
        "INSERT INTO projects (name, description) VALUES (?, ?)", (name, "")
    )
    assert update("projects", {"name": name}).equal(id=3, description=None) == Statement(
        "UPDATE projects SET name = ? WHERE 1 = 1 AND id = ?", (name, 3)
    )


def test_part_of_a_list_begins_after_an_id_in_its_order():
    query = Statement("SELECT * FROM events WHERE 1 = 1")
    assert query.part("events", Slice(2, after="7")) == Statement(
        f"{query.text} AND events.id > ? ORDER BY events.id ASC LIMIT ?", (7, 3)
    )
    assert query.active("events", Slice()).part("events", Slice(2, after="7", newest=True)) == Statement(
        f"{query.text} AND events.archived IS NULL AND events.id < ? ORDER BY events.id DESC LIMIT ?", (7, 3)
    )
