"""Property tests from a table to examples and back: each type with missing values, and the split."""

import datetime
import decimal
import math
import random
from collections import Counter
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx_bsl.coders.example_coder import ExamplesToRecordBatchDecoder

from penstock.core.errors import DataError
from penstock.tables.examples.shards import plan_shards, read_shard
from penstock.tables.examples.write import serialize
from penstock.tables.source import open_table
from penstock.tables.splits import by_hash
from penstock.tables.splitting import assign, key_text

pytestmark = pytest.mark.e2e

INTEGERS, FLOATS, TEXTS = "INT", "FLOAT", "BYTES"
EPOCH = datetime.datetime(1970, 1, 1)
ZONE = ZoneInfo("America/Chicago")
TIMES = st.datetimes(datetime.datetime(1700, 1, 1), datetime.datetime(2200, 1, 1))


def seconds(moment):
    return (moment.astimezone(datetime.UTC).replace(tzinfo=None) - EPOCH if moment.tzinfo else moment - EPOCH) // (
        datetime.timedelta(seconds=1)
    )


def number(value):
    with np.errstate(over="ignore"):
        return float(np.float32(value))


def text(value):
    return value.encode()


def many(convert):
    return lambda values: [convert(value) for value in values]


def one(convert):
    return lambda value: [convert(value)]


def integers(bits, signed=True):
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else st.integers(0, 2**bits - 1)


FRACTIONS = st.decimals(-(10**7), 10**7, places=2)
# Column: its type, a strategy for values, the kind of feature, and the value of the feature.
TYPES = {
    "boolean": (pa.bool_(), st.booleans(), INTEGERS, one(int)),
    "int8": (pa.int8(), integers(8), INTEGERS, one(int)),
    "int32": (pa.int32(), integers(32), INTEGERS, one(int)),
    "int64": (pa.int64(), integers(64), INTEGERS, one(int)),
    "uint32": (pa.uint32(), integers(32, signed=False), INTEGERS, one(int)),
    "uint64": (pa.uint64(), integers(63, signed=False), INTEGERS, one(int)),
    "float": (pa.float32(), st.floats(width=32), FLOATS, one(number)),
    "double": (pa.float64(), st.floats(), FLOATS, one(number)),
    "decimal": (pa.decimal128(12, 2), FRACTIONS, FLOATS, one(number)),
    "whole decimal": (pa.decimal128(19, 0), integers(60).map(decimal.Decimal), INTEGERS, one(int)),
    "text": (pa.string(), st.text(), TEXTS, one(text)),
    "bytes": (pa.binary(), st.binary(), TEXTS, one(bytes)),
    "category": (pa.dictionary(pa.int32(), pa.string()), st.sampled_from(["a", "ß", "c d"]), TEXTS, one(text)),
    "date": (pa.date32(), st.dates(), INTEGERS, one(lambda day: (day - EPOCH.date()).days * 86400)),
    "timestamp": (pa.timestamp("us"), TIMES, INTEGERS, one(seconds)),
    "timestamp in ms": (
        *(pa.timestamp("ms"), TIMES.map(lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000))),
        *(INTEGERS, one(seconds)),
    ),
    "timestamp in ns": (pa.timestamp("ns"), TIMES, INTEGERS, one(seconds)),
    "timestamp with zone": (
        *(pa.timestamp("us", "America/Chicago"), TIMES.map(lambda moment: moment.replace(tzinfo=ZONE))),
        *(INTEGERS, one(seconds)),
    ),
    "integers": (pa.list_(pa.int16()), st.lists(integers(16), max_size=4), INTEGERS, many(int)),
    "floats": (
        pa.list_(pa.float64()),
        st.lists(st.floats(width=32, allow_nan=False), max_size=4),
        FLOATS,
        many(number),
    ),
    "texts": (pa.list_(pa.string()), st.lists(st.text(max_size=3), max_size=4), TEXTS, many(text)),
    "pixels": (
        *(pa.list_(pa.float32()), st.lists(st.floats(width=32, allow_nan=False), min_size=3, max_size=3)),
        *(FLOATS, many(number)),
    ),
}


def expected(name, value):
    """Return the value in an example; None if it is missing."""
    if value is None or value in ("", b"") or (isinstance(value, float) and not math.isfinite(number(value))):
        return None
    return TYPES[name][3](value)


def table_of(folder, columns):
    path = folder / "rows.parquet"
    pq.write_table(pa.table(columns), path, row_group_size=7)
    return str(path)


def back(source, kinds):
    schema = schema_pb2.Schema()
    for name, kind in kinds.items():
        schema.feature.add(name=name, type=kind)
    # Arrow cannot write missing lists of a fixed length to a file, but the engine has the type.
    query = "SELECT * REPLACE (CAST(pixels AS FLOAT[3]) AS pixels) FROM source" if "pixels" in kinds else None
    with open_table(source, query) as table:
        examples = [example for batch in table.batches() for example in serialize(batch).to_pylist()]
    return ExamplesToRecordBatchDecoder(schema.SerializeToString()).DecodeBatch(examples).to_pylist()


@settings(max_examples=20, deadline=None)
@given(st.data())
@pytest.mark.parametrize("name", TYPES)
def test_each_type_and_its_missing_values_come_back(tmp_path_factory, name, data):
    kind, values, feature, _ = TYPES[name]
    drawn = data.draw(st.lists(st.none() | values, min_size=1, max_size=20))
    source = table_of(tmp_path_factory.mktemp("rows"), {name: pa.array(drawn, kind), "n": list(range(len(drawn)))})
    found = back(source, {name: feature, "n": INTEGERS})
    assert [row["n"] for row in found] == [[position] for position in range(len(drawn))]
    assert [row[name] for row in found] == [expected(name, value) for value in drawn]


@pytest.mark.parametrize(
    "values", [pa.array([1, 2**63], pa.uint64()), pa.array([decimal.Decimal(2**63)], pa.decimal128(20, 0))]
)
def test_an_integer_beyond_64_bits_is_refused(tmp_path, values):
    with pytest.raises(DataError, match=r"the column 'x': expected values that fit 64 bits"):
        back(table_of(tmp_path, {"x": values}), {"x": INTEGERS})


MIXED = st.lists(
    st.tuples(
        *(st.none() | values for values in (integers(8), st.floats(), st.text(max_size=2), st.booleans(), st.dates()))
    ),
    min_size=1,
    max_size=40,
)
KINDS = [pa.int64(), pa.float64(), pa.string(), pa.bool_(), pa.date32()]
THREE = by_hash({"train": 0.5, "eval": 0.3, "test": 0.2})


def homes(folder, rows, *, size, by_shards=False, splits=THREE):
    """Return how often each row is in which split, read in batches of `size` or by shards."""
    columns = {
        name: pa.array(list(column), kind)
        for name, column, kind in zip("abcde", zip(*rows, strict=True), KINDS, strict=True)
    }
    with open_table(table_of(folder, columns)) as table:
        assigned = assign(splits, table)
        if by_shards:
            made = plan_shards(table, assigned, folder / "made", size=1)
            batches = [batch for shard in made.shards for batch in read_shard(made, shard)]
        else:
            batches = list(table.batches(assigned.sql, size=size))
    return Counter(repr(tuple(row.values())) for batch in batches for row in batch.to_pylist())


@settings(max_examples=25, deadline=None)
@given(MIXED, st.integers(1, 50), st.randoms(use_true_random=False))
def test_the_split_depends_on_neither_order_nor_batch_nor_shard(tmp_path_factory, rows, size, shuffler):
    folder = tmp_path_factory.mktemp("rows")
    before = homes(folder, rows, size=20_000)
    assert homes(folder, rows, size=1, by_shards=True) == before
    shuffler.shuffle(rows)
    assert homes(folder, rows, size=size) == before


@settings(max_examples=25, deadline=None)
@given(MIXED, st.sampled_from("abcde"))
def test_a_key_of_any_type_is_never_in_two_splits(tmp_path_factory, rows, key):
    folder = tmp_path_factory.mktemp("rows")
    columns = {
        name: pa.array(list(column), kind)
        for name, column, kind in zip("abcde", zip(*rows, strict=True), KINDS, strict=True)
    }
    splits = by_hash({"train": 0.5, "eval": 0.5}, key)
    with open_table(table_of(folder, columns)) as table:
        text = key_text(key, table.columns)
        [(missing,)] = table.select(f"count(*) - count({text})")
        if missing > len(rows) / 2:
            with pytest.raises(DataError, match="a key in at least half of the rows"):
                assign(splits, table)
            return
        assigned = assign(splits, table)
        found = table.select(f'"{key}", {assigned.sql}', f"WHERE {text} IS NOT NULL")
    places = {}
    for value, position in found:
        places.setdefault(repr(value), set()).add(position)
    assert all(len(positions) == 1 for positions in places.values())
    assert assigned.without_key == missing
    # Python and the engine have different sets of blank characters.
    absent = [row["abcde".index(key)] for row in rows]
    assert key == "c" or missing == sum(str(value) in ("None", "nan", "inf", "-inf") for value in absent)


@pytest.mark.parametrize("seed", range(3))
def test_keys_are_split_in_the_shares_of_the_rows(tmp_path, seed):
    shuffler = random.Random(seed)
    keys = [f"key {number} {seed}" for number in range(2000) for _ in range(shuffler.randrange(1, 4))]
    columns = {"k": keys, "n": [shuffler.random() for _ in keys]}
    with open_table(table_of(tmp_path, columns)) as table:
        assigned = assign(by_hash({"train": 0.7, "eval": 0.2, "test": 0.1}, "k"), table)
        found = Counter(dict(table.select(f"k, {assigned.sql}")).values())
    for position, share in enumerate([0.7, 0.2, 0.1]):
        # Six standard deviations of a binomial count, so that the sampling error cannot fail the test.
        assert abs(found[position] - 2000 * share) <= 6 * (2000 * share * (1 - share)) ** 0.5
