"""The types of the artifacts that our components write."""

from tfx.types.artifact import Artifact

from penstock.core import artifact_types


class AnomalyReport(Artifact):
    """The anomalies of each split in words, and whether they fail the run."""

    TYPE_NAME = artifact_types.ANOMALY_REPORT


class DriftReport(Artifact):
    """The distance of each column from the training data of the last pushed model."""

    TYPE_NAME = artifact_types.DRIFT_REPORT


class ModelVerdict(Artifact):
    """Metrics, baselines, slices and thresholds of an evaluated model."""

    TYPE_NAME = artifact_types.MODEL_VERDICT


class MonotonicityReport(Artifact):
    """The probes of the served model with monotonic constraints."""

    TYPE_NAME = artifact_types.MONOTONICITY_REPORT


class RowCounts(Artifact):
    """The number of rows at each node."""

    TYPE_NAME = artifact_types.ROW_COUNTS


class ServingCertificate(Artifact):
    """How the answers of a server of the model compare with the offline predictions, the golden rows, and warm-ups."""

    TYPE_NAME = artifact_types.SERVING_CERTIFICATE
