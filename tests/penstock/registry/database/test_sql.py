from penstock.registry.database.sql import SqlTransaction
from penstock.registry.database.statements import Statement

_PROJECTS = Statement("SELECT * FROM projects WHERE 1 = 1")


def test_rows_are_added_changed_and_read_in_either_database(registry):
    with registry.database.writing() as connection:
        transaction = SqlTransaction(connection)
        transaction.lock()
        time = transaction.now()
        for name in ("%s", "?", "o'brien"):
            transaction.insert("projects", name=name, description="", created=time)
        transaction.update("projects", {"archived": time, "description": "50 %"}, name="?")
        assert transaction.one(_PROJECTS.equal(name="none")) is None
    with registry.database.reading() as connection:
        transaction = SqlTransaction(connection)
        rows = transaction.all(_PROJECTS.ending("ORDER BY id"))
        assert rows == list(transaction.each(_PROJECTS.ending("ORDER BY id")))
    found = [(row["name"], row["description"], row["archived"]) for row in rows]
    assert found == [("%s", "", None), ("?", "50 %", time), ("o'brien", "", None)]


def test_rows_of_a_long_list_are_read_in_parts_and_the_rest_can_be_left(registry):
    with registry.database.writing() as connection:
        transaction = SqlTransaction(connection)
        for number in range(1_001):
            transaction.insert("projects", name=f"p{number}", description="", created=transaction.now())
        assert len(list(transaction.each(_PROJECTS))) == 1_001
        assert next(transaction.each(_PROJECTS.ending("ORDER BY id")))["name"] == "p0"
        transaction.update("projects", {"description": "x"}, name="p1000")
    assert registry.project("p1000").description == "x"
