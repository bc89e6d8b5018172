"""From the scores of a model to its predictions: the link function of each task, in NumPy and in TensorFlow.

Ordinal classes have a cumulative logit: P(class > k) = sigmoid(score_k) with scores that fall with k, and the
probability of a class is the difference of two of them. So they cannot contradict each other. Method: McCullagh:
Regression Models for Ordinal Data, JRSS B 1980.
"""

from typing import Any, Literal

import numpy as np

from modules.families.problem import Problem
from penstock.core.features import Task

Link = Literal["sigmoid", "softmax", "identity", "exp", "cumulative"]

_LINKS: dict[Task, Link] = {"binary": "sigmoid", "multiclass": "softmax", "regression": "identity"}
# The greatest absolute logarithm of a prediction, within the range of 32-bit floats.
MAX_LOG = 80.0


def link_of(problem: Problem) -> Link:
    """Return the link of a problem."""
    if problem.ordinal:
        return "cumulative"
    return "exp" if problem.task == "regression" and problem.loss.is_log_linked else _LINKS[problem.task]


def predictions(link: Link, scores: np.ndarray) -> np.ndarray:
    """Return the predictions of scores [..., units], float64; of `cumulative` there is one more than scores."""
    from scipy import special

    if link == "sigmoid":
        return np.asarray(special.expit(scores))
    if link == "softmax":
        return np.asarray(special.softmax(scores, axis=-1))
    if link == "exp":
        return np.asarray(np.exp(np.clip(scores, -MAX_LOG, MAX_LOG)))
    return class_shares(scores) if link == "cumulative" else scores


def class_shares(scores: np.ndarray) -> np.ndarray:
    """Return the probability of each class [..., classes] from cumulative scores [..., classes - 1]."""
    from scipy import special

    above = special.expit(scores)
    edge = np.ones_like(above[..., :1])
    return np.concatenate([edge, above], axis=-1) - np.concatenate([above, 0 * edge], axis=-1)


def prediction_tensors(link: Link, scores: Any) -> Any:
    """Return the predictions of a tensor of scores, as `predictions` does."""
    import tensorflow as tf

    if link == "sigmoid":
        return tf.sigmoid(scores)
    if link == "softmax":
        return tf.nn.softmax(scores)
    if link == "exp":
        return tf.exp(tf.clip_by_value(scores, -MAX_LOG, MAX_LOG))
    if link == "identity":
        return tf.identity(scores)
    above = tf.sigmoid(scores)
    edge = tf.ones_like(above[..., :1])
    return tf.concat([edge, above], axis=-1) - tf.concat([above, tf.zeros_like(edge)], axis=-1)
