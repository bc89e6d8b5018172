"""Trees as tables of nodes: which leaves of its tree a row can still reach after each node.

Each node keeps the leaves of the side that the row goes to, and the leaves outside of it. The AND over all nodes of a
tree leaves one leaf. This takes a comparison per node, and `leaf_tables` takes a table lookup per tree and column: that
is faster if trees split most of the columns, and slower if there are many columns, of which a tree splits few.

Method: as in `leaf_tables`; the conditions are compared and not tabulated.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from modules.families.trees.booster import Tree, fill_of, zero_is_missing
from modules.families.trees.leaf_tables import leaves_of, rounded_down, sides_of_nodes, signed, word_of

# Words of leaves that are scored together.
CHUNK = 256


@dataclass(frozen=True)
class NodeTables:
    """The nodes of a forest by step: a step compares one node of each word of a chunk.

    Attributes:
        sources: The feature of each row of values to compare, and what replaces a missing value: [sources, 2].
        place: The row of values of each node, [steps, words of a chunk].
        threshold: The threshold of each node, float32; a value up to it goes left.
        if_left: The leaves that stay reachable on the left, one bit each.
        if_right: Those on the right.
        steps: The first step of each chunk, and the end.
        starts: All leaves of each word, [chunks, words].
        values: The value of each leaf, and zero for no leaf, [chunks, words, bits + 1].
        units: The score that a word adds to, [chunks, words].
    """

    sources: np.ndarray
    place: np.ndarray
    threshold: np.ndarray
    if_left: np.ndarray
    if_right: np.ndarray
    steps: np.ndarray
    starts: np.ndarray
    values: np.ndarray
    units: np.ndarray


@dataclass(frozen=True)
class _Word:
    """Some leaves of a tree, as the bits of one number, and the nodes that divide them."""

    leaves: int
    values: np.ndarray
    unit: int
    nodes: list[tuple[int, float, int, int]]


def can_compare(trees: Sequence[Tree]) -> bool:
    """Say whether each node compares a number, and a missing one is not zero."""
    return not any(tree.categorical.any() or zero_is_missing(tree.decision).any() for tree in trees)


def node_tables(trees: Sequence[Tree], units: Sequence[int]) -> NodeTables:
    """Return the tables of a forest.

    Args:
        trees: The trees, at least one; `can_compare` accepts them.
        units: The score that each tree adds to.
    """
    bits = max(32, word_of(max(len(tree.leaves) for tree in trees)))
    sources: dict[tuple[int, float], int] = {}
    words = [word for tree, unit in zip(trees, units, strict=True) for word in _words(tree, unit, bits, sources)]
    # Words of about as many nodes are next to each other, so that few steps compare nothing.
    words.sort(key=lambda word: -len(word.nodes))
    size = min(CHUNK, len(words))
    chunks = [words[start : start + size] for start in range(0, len(words), size)]
    parts = [_chunk(chunk, size, bits) for chunk in chunks]
    counts = [len(part[0]) for part in parts]
    place, threshold, if_left, if_right = (np.concatenate([part[n] for part in parts]) for n in range(4))
    return NodeTables(
        sources=np.array(list(sources) or [(0, 0.0)], np.float64),
        place=place,
        threshold=threshold,
        if_left=if_left,
        if_right=if_right,
        steps=np.cumsum([0, *counts]).astype(np.int32),
        starts=np.stack([part[4] for part in parts]),
        values=np.stack([part[5] for part in parts]),
        units=np.stack([part[6] for part in parts]),
    )


def _words(tree: Tree, unit: int, bits: int, sources: dict[tuple[int, float], int]) -> list[_Word]:
    """Return the words of a tree; each row of values that its nodes compare gets a place in `sources`."""
    leaves, values = leaves_of(tree, bits)
    nodes: list[list[tuple[int, float, int, int]]] = [[] for _ in leaves]
    for node, if_left, if_right in sides_of_nodes(tree, bits):
        source = int(tree.feature[node]), fill_of(int(tree.decision[node]))
        place = sources.setdefault(source, len(sources))
        threshold = float(rounded_down(tree.threshold[node : node + 1])[0])
        for number, (left, right) in enumerate(zip(if_left, if_right, strict=True)):
            if left != leaves[number] or right != leaves[number]:
                nodes[number].append((place, threshold, left, right))
    return [_Word(all_of, own, unit, at) for all_of, own, at in zip(leaves, values, nodes, strict=True)]


def _chunk(words: list[_Word], size: int, bits: int) -> tuple[np.ndarray, ...]:
    """Return the arrays of some words: place, threshold, both sides, all leaves, values, units."""
    steps = max(len(word.nodes) for word in words)
    place, threshold = np.zeros((steps, size), np.int32), np.zeros((steps, size), np.float32)
    sides: list[np.ndarray] = [np.full((steps, size), -1, f"int{bits}") for _ in range(2)]
    for column, word in enumerate(words):
        if word.nodes:
            places, thresholds, *masks = zip(*word.nodes, strict=True)
            place[: len(places), column], threshold[: len(places), column] = places, thresholds
            for side, mask in zip(sides, masks, strict=True):
                side[: len(places), column] = signed(list(mask), bits)
    more = size - len(words)
    starts = np.pad(signed([word.leaves for word in words], bits), (0, more))
    values = np.pad(np.stack([word.values for word in words]), ((0, more), (0, 0)))
    units = np.pad(np.array([word.unit for word in words], np.int32), (0, more))
    return place, threshold, *sides, starts, values, units
