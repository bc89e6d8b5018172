"""Shapley values by their definition: a mean over all orders, from the value of every set of features."""

from itertools import combinations
from math import factorial

import numpy as np

from modules.families.trees.booster import splits_left


def value(tree, row, known, node=0):
    """Return the mean of the leaves that a row reaches if it has the known features alone, by the training rows."""
    if node < 0:
        return float(tree.leaves[~node])
    inner = len(tree.feature)
    feature = int(tree.feature[node])
    children = int(tree.left[node]), int(tree.right[node])
    if feature in known:
        if tree.categorical[node]:
            goes_left = int(row[feature]) in tree.categories(node)
        else:
            number = np.array([row[feature]], np.float64)
            goes_left = splits_left(number, tree.threshold[[node]], tree.decision[[node]])[0, 0]
        return value(tree, row, known, children[0] if goes_left else children[1])
    rows = [tree.rows[child] if child >= 0 else tree.rows[inner + ~child] for child in children]
    parts = [count * value(tree, row, known, child) for count, child in zip(rows, children, strict=True)]
    return sum(parts) / sum(rows)


def shapley_values(tree, row, features):
    """Return the Shapley value of each feature for one row, and the value of no feature."""
    if not len(tree.feature):
        return np.zeros(features), float(tree.leaves[0])
    players = sorted(set(tree.feature.tolist()))
    found, count = np.zeros(features), len(players)
    for player in players:
        others = [other for other in players if other != player]
        for size in range(count):
            weight = factorial(size) * factorial(count - 1 - size) / factorial(count)
            for known in combinations(others, size):
                gain = value(tree, row, {*known, player}) - value(tree, row, set(known))
                found[player] += weight * gain
    return found, value(tree, row, set())
