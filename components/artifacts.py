"""The artifact types that our components give; KFP wants their names with a prefix."""

from tfx.types.artifact import Artifact


class AnomalyReport(Artifact):
    """The anomalies of each split in words, with what they mean for the run."""

    TYPE_NAME = "penstock.AnomalyReport"


class DriftReport(Artifact):
    """The distance of each column from the training data of the last pushed model."""

    TYPE_NAME = "penstock.DriftReport"


class ModelVerdict(Artifact):
    """Metrics, baselines, slices and thresholds of an evaluated model."""

    TYPE_NAME = "penstock.ModelVerdict"


class RowCounts(Artifact):
    """The number of rows at each station of the way."""

    TYPE_NAME = "penstock.RowCounts"
