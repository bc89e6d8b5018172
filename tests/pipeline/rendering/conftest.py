"""One artifact of each type, as the components write them, with column names that are out for mischief."""

import json

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from pipeline.lineage import Artifact

EVIL = '<script src="http://evil.example/x.js">&'

STATISTICS = """
datasets {
  num_examples: 10
  features {
    path { step: "miles" } type: FLOAT
    num_stats {
      common_stats { num_non_missing: 8 } mean: 2.5 std_dev: 1.25 num_zeros: 2 min: 0 median: 2 max: 12345678
      histograms { type: STANDARD
        buckets { low_value: 0 high_value: 1 sample_count: 6 } buckets { low_value: 1 high_value: 9 sample_count: 2 } }
    }
  }
  features {
    path { step: "EVIL" } type: STRING
    string_stats { common_stats { num_non_missing: 10 } unique: 2
      top_values { value: "EVIL" frequency: 9 } top_values { value: "card" frequency: 1 } }
  }
}
"""

SCHEMA = """
feature { name: "miles" type: FLOAT presence { min_fraction: 1.0 min_count: 1 } }
feature { name: "seats" type: INT int_domain { min: 1 max: 6 } presence { min_fraction: 0.5 } }
feature { name: "EVIL" type: BYTES domain: "EVIL" presence { min_count: 1 } }
feature { name: "paid" type: INT bool_domain {} }
string_domain { name: "EVIL" value: "a" value: "b" value: "c" value: "d" value: "e" value: "f" value: "g" value: "h" }
"""

ANOMALIES = """
anomaly_info { key: "EVIL" value { severity: ERROR
  reason { type: ENUM_TYPE_UNEXPECTED_STRING_VALUES description: "Values that EVIL never had" } } }
dataset_anomaly_info { severity: WARNING reason { description: "Too few rows" } }
"""

VERDICT = {
    "rows": 100,
    "blessed": False,
    "metrics": {
        "auc": {"model": 0.95, "interval": 0.0125, "constant": 0.5, "linear": 0.9, "baseline": None},
        "precision": {"model": 0.7, "constant": None, "baseline": 0.6},
    },
    "gains": {"linear": {"metric": "auc", "gain": 0.05, "interval": 0.01}},
    "min_slice_rows": 20,
    "confusion": {"classes": ["0", EVIL, None], "rows": [[50, 3, 0], [2, 40, 1], [0, 4, 0]]},
    "reliability": [{"predicted": 0.1, "found": 0.2, "rows": 60}, {"predicted": 0.9, "found": 0.8, "rows": 40}],
    "residuals": [{"share": 0.05, "value": -1.5}, {"share": 0.95, "value": 2.5}],
    "slices": [
        {"column": "hour", "value": 10, "rows": 60, "metrics": {"auc": 0.9, "precision": 0.7}},
        {"column": "hour", "value": 9, "rows": 5, "metrics": {"auc": None, "precision": 0.1}},
        {"column": EVIL, "value": EVIL, "rows": 100, "metrics": {"auc": 0.95, "precision": 0.7}},
    ],
    "thresholds": [
        {"metric": "auc", "passed": True, "words": "auc overall: 0.95, at least 0.9 required"},
        {"metric": "precision", "passed": False, "words": f"precision {EVIL}: 0.7, at least 0.8 required"},
        {
            "metric": "auc",
            "passed": True,
            "decided": False,
            "words": "auc hour = 9: not decided, too few rows",
        },
    ],
}


def parsed(text, message):
    return text_format.Parse(text.replace("EVIL", EVIL.replace('"', '\\"')), message)


def examples(folder):
    files = [{"path": f"{EVIL}.csv", "sha256": "f" * 64, "bytes": 1234}]
    rows = {"source": 100, "train": 67, "eval": 33}
    return {"query": EVIL, "source": EVIL, "files": json.dumps(files), "rows": json.dumps(rows)}


def statistics(folder):
    for split in ("eval", "train"):
        proto = parsed(STATISTICS, statistics_pb2.DatasetFeatureStatisticsList())
        (folder / f"Split-{split}").mkdir()
        (folder / f"Split-{split}" / "FeatureStats.pb").write_bytes(proto.SerializeToString())


def schema(folder, name="schema.pbtxt"):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text_format.MessageToString(parsed(SCHEMA, schema_pb2.Schema())))


def anomalies(folder):
    for split, text in (("train", ""), ("eval", ANOMALIES)):
        (folder / f"Split-{split}").mkdir()
        proto = parsed(text, anomalies_pb2.Anomalies())
        (folder / f"Split-{split}" / "SchemaDiff.pb").write_bytes(proto.SerializeToString())


def report(folder):
    found = {"column": EVIL, "split": "eval", "severity": "error", "description": f"bad {EVIL}"}
    passed = {"column": "", "split": "train", "severity": "warning", "description": "few"}
    (folder / "report.json").write_text(
        json.dumps(
            {
                "anomalies": [{**found, "fails": True}, {**passed, "fails": False}],
                "accept": "penstock schema accept 'a b'",
            }
        )
    )


def drift(folder):
    column = {"measure": "L-infinity", "threshold": 0.1}
    columns = [
        {**column, "column": EVIL, "distance": 0.25, "passed": False},
        {**column, "column": "miles", "distance": 0.01, "passed": True},
        {**column, "column": "new", "distance": None, "passed": True},
    ]
    skew = [{**column, "column": "miles", "distance": 0.5, "passed": False}]
    report = {"version": 3, "compared": True, "columns": columns, "skew": skew, "failing": ["drift"], "fails": True}
    (folder / "report.json").write_text(json.dumps(report))


def transform_graph(folder):
    schema(folder, "metadata/schema.pbtxt")
    features = 'feature { name: "miles_xf" type: FLOAT } feature { name: "miles_missing_xf" type: FLOAT }'
    (folder / "transformed_metadata").mkdir()
    (folder / "transformed_metadata" / "schema.pbtxt").write_text(features)
    (folder / "transform_fn" / "assets").mkdir(parents=True)
    lines = ["0\x1e", "0\x1fcash", f"0\x1f{EVIL}", "1\x1e", ""]
    (folder / "transform_fn" / "assets" / "vocabulary").write_text("\n".join(lines))


def curves(folder):
    (folder / "curves.csv").write_text("epoch,loss,val_loss\n0,0.9,0.8\n1,0.5,0.4\n2,0.3,0.6\n")


def trials(folder):
    first = {"settings": {"width": 192, EVIL: EVIL}, "epochs": 9, "most_epochs": 40, "loss": 0.3125, "seconds": 2.25}
    found = [{**first, "best": False}, {**first, "settings": {"width": 96}, "loss": 0.25, "seconds": 1.0, "best": True}]
    told = {"trials": [*found, {**first, "loss": None, "best": False}]}
    (folder / "trials.json").write_text(json.dumps(told))


def model(folder):
    from pipeline.rendering.saved_model import _saved_model

    saved = _saved_model()()
    signature = saved.graphs.add().signatures.add(key="serving_default")
    for name in ("d", "c", "b", EVIL):
        signature.value.inputs.add(key=name)
    signature.value.outputs.add(key="probability")
    saved.graphs[0].signatures.add(key="__saved_model_init_op")
    (folder / "Format-Serving").mkdir()
    (folder / "Format-Serving" / "saved_model.pb").write_bytes(saved.SerializeToString())


def verdict(folder):
    (folder / "verdict.json").write_text(json.dumps(VERDICT))


def row_counts(folder):
    splits = {"train": 67, "eval": 33}
    counts = {"source": 100, "splits": splits, "statistics": splits, "evaluated": 33}
    (folder / "rows.json").write_text(json.dumps(counts))


def blessing(folder):
    (folder / "BLESSED").touch()


def pushed(folder):
    version = folder / "models" / "7"
    version.mkdir(parents=True)
    (version / "saved_model.pb").write_bytes(b"model")
    return {"pushed": 1, "pushed_version": "7", "pushed_destination": str(version)}


WRITERS = {
    "Examples": examples,
    "ExampleStatistics": statistics,
    "Schema": schema,
    "ExampleAnomalies": anomalies,
    "penstock.AnomalyReport": report,
    "penstock.DriftReport": drift,
    "TransformGraph": transform_graph,
    "TunerResults": trials,
    "Model": model,
    "ModelRun": curves,
    "ModelBlessing": blessing,
    "penstock.ModelVerdict": verdict,
    "penstock.RowCounts": row_counts,
    "PushedModel": pushed,
}


@pytest.fixture
def written(tmp_path):
    """Return a function that writes an artifact of a type and returns it."""

    def write(kind):
        folder = tmp_path / kind
        folder.mkdir()
        return Artifact(1, kind, "output", str(folder), WRITERS[kind](folder) or {})

    return write
