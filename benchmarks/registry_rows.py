"""Fills a registry with experiments by SQL, for measurements: the API would take an hour for 100,000."""

import sqlalchemy as sa

from penstock.registry.client import DatabaseClient

SETTINGS = ("model.family", "model.rounds", "model.learning_rate", "data.source", "data.split.eval", "evaluation.min")
_COPIES = "WITH RECURSIVE copy(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < :count) "
# Values of a hash, between 0 and 1, so that the order of a metric is not that of the ids.
_SPREAD = "((n * 7919) % 100003) / 100003.0"
_MODEL = ":first + (CASE WHEN n % 10 < 7 THEN 0 ELSE n % 3 + 1 END)"


def fill(registry: DatabaseClient, count: int) -> int:
    """Add experiments to an empty registry, and a tenth as many versions; return the id of the model with most."""
    models = [
        registry.create_model(registry.create_project(project).id, name).id
        for project, name in (("rides", "tips"), ("rides", "fares"), ("shop", "returns"), ("shop", "demand"))
    ]
    configuration = '{"model": {"family": "trees", "rounds": 100}, "data": {"source": "trips.csv"}}'
    with registry.database.writing() as connection:
        evaluations = '{"overall": {"auc": 0.9}}'
        given = {"count": count, "first": models[0], "configuration": configuration, "evaluations": evaluations}
        kind = "json" if connection.dialect.name == "postgresql" else "text"
        connection.execute(sa.text(_EXPERIMENTS.format(json=kind)), given)
        for name in SETTINGS:
            connection.execute(sa.text(_SETTINGS), {"count": count, "first": models[0], "name": name})
        for name in ("auc", "log_loss", "accuracy"):
            connection.execute(sa.text(_METRICS), {"count": count, "first": models[0], "name": name})
        connection.execute(sa.text(_VERSIONS.format(json=kind)), {"count": count // 10, "first": models[0]})
        for table in ("experiments", "versions") if connection.dialect.name == "postgresql" else ():
            connection.execute(sa.text(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))"))
    with registry.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    return models[0]


_EXPERIMENTS = f"""
INSERT INTO experiments (id, created, description, model_id, name, "commit", number, run, state, metric,
    configuration, data, evaluations, artifacts, details)
{_COPIES} SELECT n, CURRENT_TIMESTAMP, '', {_MODEL}, 'rides_1a2b3c4_' || n, '1a2b3c4', n, 'run-' || n,
    CASE WHEN n % 5 = 0 THEN 'refused' ELSE 'pushed' END, 'auc',
    CAST(:configuration AS {{json}}), CAST('{{{{}}}}' AS {{json}}),
    CAST(:evaluations AS {{json}}), CAST('{{{{}}}}' AS {{json}}), CAST('{{{{}}}}' AS {{json}}) FROM copy
"""
_VERSIONS = f"""
INSERT INTO versions (id, created, description, model_id, number, folder, digest, experiment_id, signature, tags, stage)
{_COPIES} SELECT n, CURRENT_TIMESTAMP, '', {_MODEL}, n, 'models/' || n, 'digest', n, CAST('{{{{}}}}' AS {{json}}),
    CAST('{{{{}}}}' AS {{json}}), 'active' FROM copy
"""
_VALUES = "INSERT INTO experiment_values (experiment_id, kind, name, model_id, number, text) "
_SETTINGS = f"""{_VALUES} {_COPIES} SELECT n, 'setting', :name, {_MODEL}, n % 100, CAST(n % 100 AS text) FROM copy"""
_METRICS = f"""{_VALUES} {_COPIES} SELECT n, 'metric', :name, {_MODEL}, {_SPREAD}, CAST({_SPREAD} AS text) FROM copy"""
