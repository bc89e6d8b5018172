"""Long text as vectors: counts of words and of pairs of words in hashed buckets, weighed by how rare they are."""

from typing import NamedTuple

import tensorflow as tf

# What is neither letter, mark nor digit parts words; scripts that write without spaces are read sign by sign.
_BETWEEN_WORDS = r"[^\p{L}\p{M}\p{N}]+"
_SIGNS = r"([\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}])"
# Words have this share of the buckets to themselves, and pairs of words, of which most are seen but once, the rest; a
# pair weighs so much of a word.
_WORDS_SHARE, _PAIR_WEIGHT = 0.75, 0.3


class Counts(NamedTuple):
    """What texts hold.

    Attributes:
        buckets: How often each bucket occurs, float32 [batch, columns, buckets].
        present: Whether there is a text, [batch, columns].
    """

    buckets: tf.Tensor
    present: tf.Tensor


def count(values: tf.Tensor, rows: tf.Tensor, columns: tf.Tensor, shape: tuple[tf.Tensor, int, int]) -> Counts:
    """Return the counts of texts.

    Args:
        values: The texts of all columns, one after the other.
        rows: The row of each.
        columns: The column of each.
        shape: The numbers of rows, columns and buckets.
    """
    words, pairs = terms(values)
    texts = tf.concat([words.value_rowids(), pairs.value_rowids()], axis=0)
    own = buckets_of_words(shape[2])
    of_words = tf.strings.to_hash_bucket_fast(words.values, own)
    buckets = tf.concat([of_words, own + tf.strings.to_hash_bucket_fast(pairs.values, shape[2] - own)], axis=0)
    places = tf.stack([tf.gather(rows, texts), tf.gather(columns, texts), buckets], axis=1)
    counts = tf.scatter_nd(places, tf.ones_like(buckets, tf.float32), tf.stack(shape))
    there = tf.scatter_nd(tf.stack([rows, columns], axis=1), tf.ones_like(rows, tf.int32), tf.stack(shape[:2]))
    return Counts(tf.ensure_shape(counts, [None, *shape[1:]]), tf.ensure_shape(there > 0, [None, shape[1]]))


def counted(counts: Counts) -> tf.Tensor:
    """Return, for each column, the number of texts in which each bucket occurs, then that of all: [1, sums]."""
    having = tf.reduce_sum(tf.cast(counts.buckets > 0, tf.float32), axis=0)
    of_all = tf.reduce_sum(tf.cast(counts.present, tf.float32), axis=0)
    return tf.reshape(tf.concat([having, of_all[:, None]], axis=1), [1, -1])


def weighed(counts: Counts, sums: tf.Tensor) -> tf.Tensor:
    """Return vectors of length 1, [batch, columns, buckets]; of length 0 where a text has no words.

    A bucket weighs the more, the fewer of the training texts it occurs in. Method: Sparck Jones: A Statistical
    Interpretation of Term Specificity and Its Application in Retrieval, 1972; hashing: Weinberger and others: Feature
    Hashing for Large Scale Multitask Learning, ICML 2009.

    Args:
        counts: What the texts hold.
        sums: The sums over the training rows of what `counted` gives.
    """
    table = tf.cast(tf.reshape(sums, [counts.present.shape[1], -1]), tf.float32)
    rarity = 1 + tf.math.log((1 + table[:, -1:]) / (1 + table[:, :-1]))
    buckets = counts.buckets.shape[2]
    own = buckets_of_words(buckets)
    kinds = tf.constant([1.0] * own + [_PAIR_WEIGHT] * (buckets - own))
    weights = tf.math.log1p(counts.buckets) * rarity * kinds
    length = tf.norm(weights, axis=2, keepdims=True)
    # Rounded here, so that the rows which a model is fitted to can be held in half the memory without loss.
    return tf.cast(tf.cast(tf.math.divide_no_nan(weights, length), tf.float16), tf.float32)


def buckets_of_words(buckets: int) -> int:
    """Return how many of the buckets, two at least, are those of words; they come first."""
    return max(1, int(buckets * _WORDS_SHARE))


def terms(values: tf.Tensor) -> tuple[tf.RaggedTensor, tf.RaggedTensor]:
    """Return the words of each text, and the pairs of words that follow on each other."""
    words = tf.strings.regex_replace(tf.strings.lower(values, encoding="utf-8"), _SIGNS, r" \1 ")
    words = tf.strings.regex_replace(words, _BETWEEN_WORDS, " ")
    split = tf.strings.split(words)
    return split, tf.strings.ngrams(split, 2)
