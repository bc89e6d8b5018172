"""Experiments and versions for the tests of the registry."""

from penstock.registry.documents import Data, ExperimentBody, VersionBody


def body(model_id, run="run-1", **given):
    values = {
        "state": "pushed",
        "commit": "1a2b3c4",
        "metric": "auc",
        "configuration": {"model": {"family": "trees", "rounds": 100, "warm_start": False}, "name": "taxi"},
        "evaluations": {"overall": {"auc": 0.9, "log_loss": 0.3}},
        "data": Data(source="data/taxi/trips.csv", files={"trips.csv": "0" * 64}, rows={"train": 10, "eval": 5}),
    }
    return ExperimentBody(model_id=model_id, run=run, **{**values, **given})


def digest(number):
    return f"{number:064x}"


def pushed(registry, model_id, number, **given):
    """Record a version with its experiment, and return it."""
    experiment = registry.record_experiment(body(model_id, f"run-{number}"))
    return registry.record_version(
        VersionBody(
            model_id=model_id,
            number=number,
            folder=f"models/{number}",
            digest=digest(number),
            experiment_id=experiment.id,
            **given,
        )
    )


def post_run(http, headers, model_id, number=1):
    """Record an experiment and its version by HTTP; return both."""
    experiment = http.post(
        "/api/experiments", json=body(model_id, f"run-{number}").model_dump(mode="json"), headers=headers
    ).json()
    version = {
        "model_id": model_id,
        "number": number,
        "folder": f"models/{number}",
        "digest": digest(number),
        "experiment_id": experiment["id"],
    }
    return experiment, http.post("/api/versions", json=version, headers=headers).json()
