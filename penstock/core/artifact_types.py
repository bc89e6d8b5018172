"""The names of our artifact types, as they are in a metadata store and in a compiled specification.

In a container TFX imports the class of a type by its name, and KFP allows one dot in it: so a name is an attribute of
the package `components`, which defines the classes. This file has the names only, because `penstock` imports no TFX.
"""

ANOMALY_REPORT = "components.AnomalyReport"
DRIFT_REPORT = "components.DriftReport"
MODEL_VERDICT = "components.ModelVerdict"
MONOTONICITY_REPORT = "components.MonotonicityReport"
ROW_COUNTS = "components.RowCounts"
SERVING_CERTIFICATE = "components.ServingCertificate"
NAMES = (ANOMALY_REPORT, DRIFT_REPORT, MODEL_VERDICT, MONOTONICITY_REPORT, ROW_COUNTS, SERVING_CERTIFICATE)
# Stores that an earlier release wrote have these names.
_EARLIER = {name.replace("components.", "penstock."): name for name in NAMES}


def current_name(name: str) -> str:
    """Return the name of a type that is recorded in a store, which an earlier release may have written."""
    return _EARLIER.get(name, name)


def recorded_names(name: str) -> tuple[str, ...]:
    """Return all names under which a store may have recorded a type, the current one first."""
    return (name, *(earlier for earlier, current in _EARLIER.items() if current == name))
