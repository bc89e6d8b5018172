"""One artifact of each type, as the components write them, with a hostile text wherever the data may contain one."""

import json
from html.parser import HTMLParser

import pytest
from google.protobuf import text_encoding, text_format
from hypothesis import strategies as st
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from penstock.core.saved_model import saved_model_message
from penstock.metadata.lineage import Artifact

# The placeholder of a hostile text in the artifacts below, and one such text.
PLACE = "EVIL"
EVIL = '<script src="http://evil.example/x.js">&'
PIECES = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '" onload="alert(1)',
    "' style='",
    "javascript:alert(1)",
    "</title></svg><b>",
    "</style><b>",
    "</code></td></table><i>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?php",
    "<",
    ">",
    "&lt;b&gt;",
    "&#60;b>",
    "{{ 7 * 7 }}",
    "{% raw %}",
    "{# x #}",
    "%s {} {0.__class__}",
)
# A line of a vocabulary holds neither a line break nor the sign between its parts.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r\x1f"), min_size=1, max_size=40)
HOSTILE = st.lists(st.sampled_from(PIECES) | TEXTS, min_size=1, max_size=4).map("".join)

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
    "confusion": {"classes": ["0", PLACE, None], "rows": [[50, 3, 0], [2, 40, 1], [0, 4, 0]]},
    "reliability": [{"predicted": 0.1, "found": 0.2, "rows": 60}, {"predicted": 0.9, "found": 0.8, "rows": 40}],
    "residuals": [{"share": 0.05, "value": -1.5}, {"share": 0.95, "value": 2.5}],
    "slices": [
        {"column": "hour", "value": 10, "rows": 60, "metrics": {"auc": 0.9, "precision": 0.7}},
        {"column": "hour", "value": 9, "rows": 5, "metrics": {"auc": None, "precision": 0.1}},
        {"column": PLACE, "value": PLACE, "rows": 100, "metrics": {"auc": 0.95, "precision": 0.7}},
    ],
    "thresholds": [
        {"metric": "auc", "passed": True, "words": "auc overall: 0.95, at least 0.9 required"},
        {"metric": "precision", "passed": False, "words": f"precision {PLACE}: 0.7, at least 0.8 required"},
        {
            "metric": "auc",
            "passed": True,
            "decided": False,
            "words": "auc hour = 9: not decided, too few rows",
        },
    ],
}


class Reader(HTMLParser):
    """A parser that records the elements, the attributes and the text."""

    def __init__(self, markup):
        super().__init__()
        self.elements, self.attributes, self.texts, self.tags = set(), {}, [], []
        self.feed(markup)
        self.text = " ".join(" ".join(self.texts).split())

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        self.attributes.update(attrs)
        # The values of lengths and coordinates may depend on a text; the names of the attributes may not.
        self.tags.append((tag, [name for name, _ in attrs]))

    def handle_data(self, data):
        self.texts.append(data)

    def handle_comment(self, data):
        self.tags.append(("comment", []))

    def handle_decl(self, decl):
        self.tags.append(("declaration", []))

    def unknown_decl(self, data):
        self.tags.append(("declaration", []))

    def handle_pi(self, data):
        self.tags.append(("instruction", []))


def hostile(value, evil):
    """Return a text, a list or a dictionary with the placeholder replaced by a hostile text."""
    if isinstance(value, str):
        return value.replace(PLACE, evil)
    if isinstance(value, dict):
        return {hostile(key, evil): hostile(each, evil) for key, each in value.items()}
    return [hostile(each, evil) for each in value] if isinstance(value, list) else value


def parsed(text, message, evil):
    return text_format.Parse(text.replace(PLACE, text_encoding.CEscape(evil.encode(), as_utf8=False)), message)


def write_json(file, value, evil):
    file.write_text(json.dumps(hostile(value, evil)))


def examples(folder, evil):
    files = [{"path": f"{PLACE}.csv", "sha256": "f" * 64, "bytes": 1234}]
    rows = {"source": 100, "train": 67, "eval": 33}
    properties = {"files": json.dumps(hostile(files, evil)), "rows": json.dumps(rows)}
    return {"query": evil, "source": evil, **properties}


def statistics(folder, evil):
    for split in ("eval", "train"):
        proto = parsed(STATISTICS, statistics_pb2.DatasetFeatureStatisticsList(), evil)
        (folder / f"Split-{split}").mkdir()
        (folder / f"Split-{split}" / "FeatureStats.pb").write_bytes(proto.SerializeToString())


def schema(folder, evil, name="schema.pbtxt"):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text_format.MessageToString(parsed(SCHEMA, schema_pb2.Schema(), evil)))


def anomalies(folder, evil):
    for split, text in (("train", ""), ("eval", ANOMALIES)):
        (folder / f"Split-{split}").mkdir()
        proto = parsed(text, anomalies_pb2.Anomalies(), evil)
        (folder / f"Split-{split}" / "SchemaDiff.pb").write_bytes(proto.SerializeToString())


def report(folder, evil):
    failing = {"column": PLACE, "split": "eval", "kind": "x", "severity": "error", "description": f"bad {PLACE}"}
    passed = {"column": "", "split": "train", "kind": "x", "severity": "warning", "description": "few"}
    listed = [{**failing, "fails": True}, {**passed, "fails": False}]
    write_json(folder / "report.json", {"anomalies": listed, "accept": f"penstock schema accept 'a b' {PLACE}"}, evil)


def drift(folder, evil):
    column = {"measure": "L-infinity", "threshold": 0.1}
    columns = [
        {**column, "column": PLACE, "distance": 0.25, "passed": False},
        {**column, "column": "miles", "distance": 0.01, "passed": True},
        {**column, "column": "new", "distance": None, "passed": True},
    ]
    skew = [{**column, "column": "miles", "distance": 0.5, "passed": False}]
    report = {"version": 3, "compared": True, "columns": columns, "skew": skew, "failing": ["drift"], "fails": True}
    write_json(folder / "report.json", report, evil)


def transform_graph(folder, evil):
    schema(folder, evil, "metadata/schema.pbtxt")
    features = 'feature { name: "miles_xf" type: FLOAT } feature { name: "miles_missing_xf" type: FLOAT }'
    (folder / "transformed_metadata").mkdir()
    (folder / "transformed_metadata" / "schema.pbtxt").write_text(features)
    (folder / "transform_fn" / "assets").mkdir(parents=True)
    lines = ["0\x1e", "0\x1fcash", f"0\x1f{evil}", "1\x1e", ""]
    (folder / "transform_fn" / "assets" / "vocabulary").write_text("\n".join(lines))


def curves(folder, evil):
    (folder / "curves.csv").write_text("epoch,loss,val_loss\n0,0.9,0.8\n1,0.5,0.4\n2,0.3,0.6\n")
    write_json(folder / "settings.json", {"settings": {PLACE: 1}, "tuned": [PLACE], "start": PLACE}, evil)


def trials(folder, evil):
    first = {"settings": {"width": 192, PLACE: PLACE}, "epochs": 9, "most_epochs": 40, "loss": 0.3125, "seconds": 2.25}
    listed = [
        {**first, "best": False},
        {**first, "settings": {"width": 96}, "loss": 0.25, "seconds": 1.0, "best": True},
    ]
    write_json(folder / "trials.json", {"trials": [*listed, {**first, "loss": None, "best": False}]}, evil)


def model(folder, evil):
    saved = saved_model_message()()
    signature = saved.graphs.add().signatures.add(key="serving_default")
    for name in ("d", "c", "b", evil):
        signature.value.inputs.add(key=name)
    signature.value.outputs.add(key="probability")
    saved.graphs[0].signatures.add(key=f"a {evil}")
    saved.graphs[0].signatures.add(key="__saved_model_init_op")
    (folder / "Format-Serving").mkdir()
    (folder / "Format-Serving" / "saved_model.pb").write_bytes(saved.SerializeToString())


def verdict(folder, evil):
    write_json(folder / "verdict.json", VERDICT, evil)


def row_counts(folder, evil):
    splits = {"train": 67, "eval": 33}
    counts = {"source": 100, "splits": splits | {PLACE: 7}, "statistics": splits, "evaluated": 33}
    write_json(folder / "rows.json", counts, evil)


def blessing(folder, evil):
    (folder / "BLESSED").touch()


def pushed(folder, evil):
    version = folder / "models" / "7"
    version.mkdir(parents=True)
    (version / "saved_model.pb").write_bytes(b"model")
    return {"pushed": 1, "pushed_version": f"7 {evil}", "pushed_destination": str(version)}


WRITERS = {
    "Examples": examples,
    "ExampleStatistics": statistics,
    "Schema": schema,
    "ExampleAnomalies": anomalies,
    "components.AnomalyReport": report,
    "components.DriftReport": drift,
    "TransformGraph": transform_graph,
    "TunerResults": trials,
    "Model": model,
    "ModelRun": curves,
    "ModelBlessing": blessing,
    "components.ModelVerdict": verdict,
    "components.RowCounts": row_counts,
    "PushedModel": pushed,
}


def artifact(kind, folder, evil=EVIL):
    """Return an artifact of a type, written to a new folder."""
    folder.mkdir(parents=True)
    return Artifact(1, kind, "output", str(folder), WRITERS[kind](folder, evil) or {})


@pytest.fixture
def written(tmp_path):
    """Return a function that writes an artifact of a type and returns it."""
    return lambda kind: artifact(kind, tmp_path / kind)
