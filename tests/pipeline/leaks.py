"""The analysis of a model that was fitted on a generated table, with columns that leak the label or without."""

from pathlib import Path

import numpy as np

from modules.analysis.analysis import analyse
from modules.analysis.importance import Measured
from modules.analysis.sample import Sample
from penstock.core.documents.analysis import Analysis
from penstock.metadata import lineage
from pipeline import reporting
from tests.metadata_store import StoreBuilder

ROWS = 1_200


def analysed(leaks: int) -> Analysis:
    """Return the analysis of a forest; so many columns are the label with a little noise of their own."""
    from sklearn.ensemble import RandomForestClassifier

    random = np.random.default_rng(11)
    honest = {name: random.normal(size=ROWS) for name in ("miles", "hour", "zone", "fare")}
    logit = honest["miles"] + 0.5 * honest["hour"]
    labels = (random.random(ROWS) < 1 / (1 + np.exp(-logit))).astype(float)
    paid = 3 * labels + random.normal(scale=0.3, size=ROWS)
    leaking = {f"paid_{number}": paid + random.normal(scale=0.01, size=ROWS) for number in range(leaks)}
    sample = Sample({**honest, **leaking}, labels, of=ROWS)
    # Few columns are tried in each node, so that a forest uses both of a pair.
    forest = RandomForestClassifier(40, max_features=2, min_samples_leaf=5, random_state=0)
    forest.fit(np.column_stack(list(sample.columns.values()))[::2], labels[::2])
    held_out = Sample({name: values[1::2] for name, values in sample.columns.items()}, labels[1::2], of=ROWS)
    measured = Measured("binary", "log_loss", greater_is_better=False, permutations=5)
    return analyse(
        held_out, lambda columns: forest.predict_proba(np.column_stack(list(columns.values())))[:, 1], measured, 400
    )


def with_analysis(builder: StoreBuilder, name: str, analysis: Analysis) -> lineage.Run:
    """Return a recorded run with an analysis of its model."""
    builder.node(name, "Evaluator", outputs={"evaluation": ("ModelEvaluation", {})})
    run = lineage.run(builder.config.store, name)
    file = reporting.analysis_file(builder.config, run)
    assert file is not None
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    file.write_text(analysis.text())
    return run
