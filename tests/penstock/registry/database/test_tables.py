from datetime import datetime, timedelta, timezone

import sqlalchemy as sa

from penstock.registry.database.tables import Project


def test_times_of_any_zone_come_back_in_utc(registry):
    time = datetime(2026, 7, 1, 12, 30, 15, 123456, tzinfo=timezone(timedelta(hours=-5)))
    with registry.database.writing() as connection:
        connection.execute(sa.insert(Project).values(name="taxi", created=time))
    found = registry.project("taxi")
    assert found.created == time
    assert found.created.utcoffset() == timedelta(0)
    assert found.archived is None
