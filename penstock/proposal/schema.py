"""The proposed schema in TFDV's format, written without TFDV, with comments on what to review."""

import math
from typing import TYPE_CHECKING, Any

from penstock.core.features import CYCLES
from penstock.proposal.profile import ColumnProfile
from penstock.proposal.proposal import Proposal
from penstock.proposal.roles import Choice
from penstock.proposal.task import LabelChoice

if TYPE_CHECKING:
    from tensorflow_metadata.proto.v0 import schema_pb2

# Numbers may exceed their range by this many times its width before they are anomalies.
_SLACK = 10
_MOST_DOMAIN = 100
# The allowed share of new values of a category, and the allowed increase of the share of missing values.
_NEW_SHARE, _MISSING_SLACK = 0.1, 0.05
_LEAST_EXPECTED = 20
_TOO_LARGE = 2**53

_HEAD = """\
# The schema that every run checks its rows with: review it, it is yours.
# A run refuses a column that is not here; lifecycle_stage DISABLED keeps one from being looked at.
"""


def schema_text(proposal: Proposal) -> str:
    """Return the schema as text, with comments."""
    parts = [_HEAD]
    for choice in proposal.choices:
        if not choice.is_dropped:
            parts.append(_text(*_column(choice, proposal)))
    parts.append(_text(*_label(proposal)))
    if proposal.weight is not None:
        parts.append(_text(*_weight(proposal.profiles[proposal.weight])))
    parts.append('default_environment: "TRAINING"\ndefault_environment: "SERVING"\n')
    return "\n".join(parts)


def _text(feature: "schema_pb2.Feature", comments: list[str]) -> str:
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2

    body = text_format.MessageToString(schema_pb2.Schema(feature=[feature]), as_utf8=True)
    return "".join(f"# {line}\n" for line in map(_plain, comments)) + body


def _plain(comment: str) -> str:
    return "".join(character if character.isprintable() else " " for character in comment)


def _column(choice: Choice, proposal: Proposal) -> tuple["schema_pb2.Feature", list[str]]:
    from tensorflow_metadata.proto.v0 import schema_pb2

    column = proposal.profiles[choice.column]
    feature = schema_pb2.Feature(name=column.name, type=type_of(column.kind, column.type))
    if not choice.role:
        if not choice.alternative_role:
            feature.lifecycle_stage = schema_pb2.DISABLED
        # A column that the user may want to include has a type and no other checks.
        return feature, [f"Left out: {choice.reason}."]
    length = column.length if column.kind == "list" and column.length else 1
    feature.value_count.min = feature.value_count.max = length
    comments = _presence(feature, column, proposal)
    if column.kind == "text" and choice.role == "categorical":
        comments += _domain(feature, column, is_whole=not proposal.is_sampled)
    elif choice.role == "boolean":
        feature.int_domain.min, feature.int_domain.max = 0, 1
    elif choice.role in CYCLES:
        _bound(feature, {"hour": (0, 23), "weekday": (0, 7), "month": (1, 12)}[choice.role])
    elif choice.role == "numeric" and column.low is not None and column.high is not None:
        comments += _range(feature, column, choice)
    return feature, comments


def type_of(kind: str, type_name: str) -> Any:
    """Return the type that `penstock.tables.examples.write` writes for values of a kind."""
    from tensorflow_metadata.proto.v0 import schema_pb2

    if kind == "list":
        inner = type_name.rpartition("[")[0]
        kind = "number" if inner.startswith(("FLOAT", "DOUBLE", "DECIMAL")) else "integer"
        kind = kind if not inner.startswith(("VARCHAR", "BLOB")) else "text"
        type_name = inner
    # Decimals without a fraction are written as integers.
    if kind in ("boolean", "integer", "timestamp") or type_name.endswith(",0)"):
        return schema_pb2.INT
    if type_name == '"NULL"':
        return schema_pb2.FLOAT
    return schema_pb2.FLOAT if kind == "number" else schema_pb2.BYTES


def _presence(feature: "schema_pb2.Feature", column: ColumnProfile, proposal: Proposal) -> list[str]:
    """Require the current share of present values minus a slack, if small splits can satisfy it."""
    # Values that are infinite in an example are missing there.
    share = (column.present - column.infinite) / column.rows
    rows = column.rows * 0.33
    if share * rows < _LEAST_EXPECTED or column.name in proposal.formats.missing:
        return [f"Present in {share:.1%} of the rows; no share is required."] if share < 1 else []
    slack = max(_MISSING_SLACK, 5 * math.sqrt(share * (1 - share) / rows))
    least = math.floor((share - slack) * 100) / 100
    if least <= 0:
        return [f"Present in {share:.1%} of the rows; no share is required."]
    feature.presence.min_fraction = least
    feature.presence.min_count = 1
    return [f"Missing in {1 - share:.1%} of the rows."] if share < 1 else []


def _domain(feature: "schema_pb2.Feature", column: ColumnProfile, *, is_whole: bool) -> list[str]:
    if not column.values or len(column.values) > _MOST_DOMAIN:
        return [f"{column.distinct:,} values: too many to list, so any is allowed."]
    feature.string_domain.name = column.name
    feature.string_domain.value.extend(sorted(column.values))
    feature.distribution_constraints.min_domain_mass = 1 - _NEW_SHARE
    seen = "" if is_whole else " of the sample"
    return [f"The values{seen}; others may be in {_NEW_SHARE:.0%} of the rows (1 - min_domain_mass)."]


def _range(feature: "schema_pb2.Feature", column: ColumnProfile, choice: Choice) -> list[str]:
    low, high = column.low or 0, column.high or 0
    # At least the rounding error of 32 bits.
    spread = _SLACK * max(float(high) - float(low), 1e-3 * max(abs(float(low)), abs(float(high))), 1e-6)
    least, greatest = (0.0 if low >= 0 else float(low) - spread), float(high) + spread
    comments = [f"From {low:g} to {high:g} now; allowed is {_SLACK} times that width beyond."]
    if max(abs(least), abs(greatest)) > (_TOO_LARGE if _is_integer(feature) else 1e37):
        return [f"From {low:g} to {high:g} now; no range is required."]
    if column.type.startswith("BOOLEAN"):
        return []
    _bound(feature, (least, greatest))
    return comments


def _bound(feature: "schema_pb2.Feature", bounds: tuple[float, float]) -> None:
    least, greatest = bounds
    if _is_integer(feature):
        feature.int_domain.min, feature.int_domain.max = math.floor(least), math.ceil(greatest)
    else:
        feature.float_domain.min, feature.float_domain.max = least, _upward(greatest)


def _upward(value: float) -> float:
    """Return a rounded number that is not below the value."""
    short = float(f"{value:.4g}")
    return short if short >= value else value + abs(value) * 1e-3


def _is_integer(feature: "schema_pb2.Feature") -> bool:
    from tensorflow_metadata.proto.v0 import schema_pb2

    return bool(feature.type == schema_pb2.INT)


def _label(proposal: Proposal) -> tuple["schema_pb2.Feature", list[str]]:
    from tensorflow_metadata.proto.v0 import schema_pb2

    label, task = proposal.label, proposal.task
    feature = schema_pb2.Feature(name=label.name, type=_label_type(proposal, task))
    feature.presence.min_fraction = 1
    feature.presence.min_count = 1
    feature.value_count.min = feature.value_count.max = 1
    feature.not_in_environment.append("SERVING")
    comments = ["The label: in every row, and absent when the model is served."]
    if task.task == "binary":
        feature.int_domain.min, feature.int_domain.max = 0, 1
    elif task.task == "multiclass" and label.kind == "text":
        feature.string_domain.name = label.name
        feature.string_domain.value.extend(sorted(str(value) for value, _ in task.classes))
        comments.append("A class that is not here fails the run.")
    elif task.task == "multiclass" and _is_integer(feature):
        values = [int(value) for value, _ in task.classes]
        feature.int_domain.min, feature.int_domain.max = min(values), max(values)
        comments.append("A class beyond these fails the run.")
    return feature, comments


def _weight(column: ColumnProfile) -> tuple["schema_pb2.Feature", list[str]]:
    from tensorflow_metadata.proto.v0 import schema_pb2

    feature = schema_pb2.Feature(name=column.name, type=type_of(column.kind, column.type))
    feature.presence.min_fraction = 1
    feature.presence.min_count = 1
    feature.value_count.min = feature.value_count.max = 1
    feature.not_in_environment.append("SERVING")
    return feature, ["The weight of a row: in every row, and not needed when the model is served."]


def _label_type(proposal: Proposal, task: LabelChoice) -> Any:
    from tensorflow_metadata.proto.v0 import schema_pb2

    if task.task == "binary" or task.cast == "BIGINT":
        return schema_pb2.INT
    return schema_pb2.FLOAT if task.cast == "DOUBLE" else type_of(proposal.label.kind, proposal.label.type)
