"""Examples decoded ahead: their order, their missing values, files that are broken, threads that end."""

import threading

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def decoded():
    from modules.transform.decoding import decoded

    return decoded


def example(number):
    """Return a serialized tf.Example; every third has no text, and none has a value of `empty`."""
    import tensorflow as tf

    example = tf.train.Example()
    example.features.feature["number"].int64_list.value.append(number)
    if number % 3:
        example.features.feature["größe a/b"].bytes_list.value.append(f"ü{number}".encode())
    example.features.feature["empty"].SetInParent()
    return example.SerializeToString()


def write(file, records):
    import tensorflow as tf

    with tf.io.TFRecordWriter(str(file), options="GZIP") as writer:
        for record in records:
            writer.write(record)
    return str(file)


@pytest.fixture
def files(tmp_path):
    """Three files of a hundred rows, the second of them empty."""
    parts = (range(60), range(0), range(60, 100))
    return [write(tmp_path / f"rows-{number}", map(example, part)) for number, part in enumerate(parts)]


def values(batches, name):
    return [value for _, batch in batches for value in batch.to_pydict()[name]]


@pytest.mark.parametrize(
    ("rows", "sizes"), [(7, [7] * 14 + [2]), (50, [50, 50]), (99, [99, 1]), (100, [100]), (8192, [100]), (1, [1] * 100)]
)
def test_rows_keep_their_order_over_batches_and_files(decoded, files, rows, sizes):
    batches = list(decoded(files, rows))
    assert [batch.num_rows for _, batch in batches] == sizes
    assert values(batches, "number") == [[number] for number in range(100)]
    serialized = [record for records, _ in batches for record in records.numpy().tolist()]
    assert serialized == list(map(example, range(100)))


def test_missing_value_is_null(decoded, files):
    batches = list(decoded(files, 30))
    expected = [[f"ü{number}".encode()] if number % 3 else None for number in range(100)]
    assert values(batches, "größe a/b") == expected
    assert values(batches, "empty") == [None] * 100


@pytest.mark.parametrize("count", [0, 1, 3])
def test_files_without_rows_give_no_batch(decoded, tmp_path, count):
    files = [write(tmp_path / str(number), []) for number in range(count)]
    assert list(decoded(files, 10)) == []


def spoilt(file, kind):
    data = bytearray(file.read_bytes())
    middle = len(data) // 2
    if kind == "flipped":
        data[middle] ^= 0xFF
    file.write_bytes({"truncated": data[:middle], "no gzip": b"number,text\n"}.get(kind, bytes(data)))


@pytest.mark.parametrize("kind", ["truncated", "flipped", "no gzip"])
def test_file_that_is_broken_is_a_loss_of_data_and_ends_the_threads(decoded, tmp_path, kind):
    import tensorflow as tf

    file = write(tmp_path / "rows", map(example, range(2000)))
    spoilt(tmp_path / "rows", kind)
    before = threading.active_count()
    with pytest.raises(tf.errors.DataLossError):
        list(decoded([file], 64))
    assert threading.active_count() == before


def test_record_that_is_no_example_is_refused_after_the_batches_before_it(decoded, tmp_path):
    file = write(tmp_path / "rows", [*map(example, range(64)), b"no example"])
    batches = decoded([file], 32)
    before = threading.active_count()
    assert [next(batches)[1].num_rows for _ in range(2)] == [32, 32]
    with pytest.raises(RuntimeError, match="parse example"):
        next(batches)
    assert threading.active_count() == before


def test_file_that_does_not_exist_is_an_error(decoded, tmp_path):
    import tensorflow as tf

    with pytest.raises(tf.errors.NotFoundError, match="nowhere"):
        list(decoded([str(tmp_path / "nowhere")], 10))


def test_stopping_early_ends_the_threads(decoded, files):
    before = threading.active_count()
    batches = decoded(files, 2)
    next(batches)
    assert threading.active_count() > before
    batches.close()
    assert threading.active_count() == before
