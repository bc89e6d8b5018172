"""The types of the artifacts that our components write; KFP requires a prefix in their names."""

from tfx.types.artifact import Artifact


class AnomalyReport(Artifact):
    """The anomalies of each split in words, and whether they fail the run."""

    TYPE_NAME = "penstock.AnomalyReport"


class DriftReport(Artifact):
    """The distance of each column from the training data of the last pushed model."""

    TYPE_NAME = "penstock.DriftReport"


class ModelVerdict(Artifact):
    """Metrics, baselines, slices and thresholds of an evaluated model."""

    TYPE_NAME = "penstock.ModelVerdict"


class RowCounts(Artifact):
    """The number of rows at each node."""

    TYPE_NAME = "penstock.RowCounts"
