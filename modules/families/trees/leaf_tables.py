"""Trees as tables of bits: which leaves of each tree a row can reach, by the value of each column.

Each value of a column, binned by the thresholds of all nodes, excludes the leaves on the other side of every node that
splits the column. The AND over all columns leaves one leaf per tree. So trees of any shape are scored by one table
lookup and one AND per column.

Method: Lucchese and others: QuickScorer: A Fast Algorithm to Rank Documents with Additive Ensembles of Regression
Trees, SIGIR 2015. Its bits are used; a table replaces the scan over thresholds, which TensorFlow cannot vectorize.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from modules.families.trees.booster import ZERO, Tree, splits_left, zero_is_missing

# A table of more bytes is split into one for each half of the trees, which have fewer thresholds, while the lines of
# the halves have at least so many bytes. Lines of 120 bytes take hardly more time than longer ones, and lines of 60 a
# third more; shorter lines take up to six times as long, because each of them is looked up.
TABLES_AND_LINES = ((3 * 2**19, 120), (6 * 2**20, 60))
# The sizes of a number of a table in bits. A tree of few leaves takes a small one: smaller tables are read faster.
WORDS = (8, 16, 32, 64)
# The bits of a number of LightGBM's sets of categories.
_SET_WORD = 32


@dataclass
class LeafTables:
    """The tables of a forest; a number has `word` bits, and a tree takes as many columns as it needs words.

    Attributes:
        edges: The thresholds of each number that a node splits, by its position.
        word: Bits per number, one of WORDS.
        table: The reachable leaves, [rows, columns of the widest group], over all groups.
        lookups: The row of the table for each bin, over all pairs of a group and a feature.
        pairs: The feature of each pair, and the start of its bins in `lookups`; [pairs, 2].
        groups: The start of the pairs of each group, and the end.
        starts: All leaves of each column of a group, [groups, columns].
        values: The value of each leaf, and zero for no leaf, [groups, columns, word + 1].
        units: The unit that a column adds to, [groups, columns].
        each: The trees of a group; the last group may have fewer.
    """

    edges: dict[int, np.ndarray]
    word: int
    table: np.ndarray
    lookups: np.ndarray
    pairs: np.ndarray
    groups: np.ndarray
    starts: np.ndarray
    values: np.ndarray
    units: np.ndarray
    each: int


@dataclass
class _Nodes:
    """The nodes of one group that split one feature: the tree, the column and the leaves that stay reachable.

    A node of a tree that takes several columns is repeated for each.
    """

    nodes: list[tuple[Tree, int]] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    if_left: list[int] = field(default_factory=list)
    if_right: list[int] = field(default_factory=list)


def edges_of(trees: list[Tree]) -> dict[int, np.ndarray]:
    """Return the rising thresholds of each number, as float32 that split float32 values in the same way."""
    feature, threshold, decision = (
        np.concatenate([getattr(tree, name)[~tree.categorical] for tree in trees])
        for name in ("feature", "threshold", "decision")
    )
    order = np.argsort(feature, kind="stable")
    numbers, starts = np.unique(feature[order], return_index=True)
    around_zero = np.array([np.nextafter(np.float32(-ZERO), np.float32(-1)), ZERO])
    edges = {}
    for number, nodes in zip(numbers.tolist(), np.split(order, starts)[1:], strict=True):
        parts = [threshold[nodes], around_zero] if zero_is_missing(decision[nodes]).any() else [threshold[nodes]]
        edges[number] = np.unique(rounded_down(np.concatenate(parts)))
    return edges


def rounded_down(values: np.ndarray) -> np.ndarray:
    """Return thresholds as float32 that split float32 values in the same way."""
    limit = float(np.finfo(np.float32).max)
    nearest = np.clip(values, -limit, limit).astype(np.float32)
    with np.errstate(over="ignore"):
        return np.where(nearest > values, np.nextafter(nearest, np.float32(-np.inf)), nearest)


def leaf_tables(trees: list[Tree], sizes: dict[int, int], units: list[int]) -> LeafTables:
    """Return the tables of a forest.

    Args:
        trees: The trees, at least one.
        sizes: The number of indices of each feature that is a category.
        units: The score that each tree adds to.
    """
    edges = edges_of(trees)
    word = word_of(max(len(tree.leaves) for tree in trees))
    count = len(trees)
    while count > 1 and is_split(*_bytes(trees, count, word)):
        count = -(-count // 2)
    cut = range(0, len(trees), count)
    parts = [_group(trees[start : start + count], edges, sizes, word) for start in cut]
    return _joined(parts, [np.array(units[start : start + count]) for start in cut], edges, word, count)


def word_of(leaves: int) -> int:
    """Return the bits per number for trees of at most so many leaves."""
    return next((word for word in WORDS if leaves <= word), WORDS[-1])


def is_split(size: float, line: float) -> bool:
    """Say whether tables of so many bytes, and of so many in a line, are split into those of half of the trees."""
    return any(size > table and line / 2 >= least for table, least in TABLES_AND_LINES)


def _bytes(trees: list[Tree], count: int, word: int) -> tuple[int, int]:
    """Return the size of the tables and of a line if each table is for this many trees."""
    line = sum(-(-len(tree.leaves) // word) for tree in trees[:count]) * word // 8
    groups = [trees[start : start + count] for start in range(0, len(trees), count)]
    return sum(_lines(group) for group in groups) * line, line


def _lines(trees: list[Tree]) -> int:
    """Return the number of lines of the table of some trees; of a feature that is split two more than its values."""
    feature, threshold, is_set = (
        np.concatenate([getattr(tree, name) for tree in trees]) for name in ("feature", "threshold", "categorical")
    )
    numbers = lines_of_numbers(feature[~is_set], threshold[~is_set])
    sets = lines_of_sets(
        feature[is_set],
        np.concatenate([tree.sets for tree in trees]),
        np.concatenate([np.diff(tree.bounds) for tree in trees]),
    )
    return len(np.unique(np.concatenate([numbers, sets]))) + 2 * len(np.unique(feature))


def lines_of_numbers(feature: np.ndarray, threshold: np.ndarray) -> np.ndarray:
    """Return a code for the line of each node of numbers: its feature and its threshold."""
    return _codes(feature, rounded_down(threshold).view(np.uint32))


def lines_of_sets(feature: np.ndarray, sets: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return a code for each category of each set that a node has: its feature and the category.

    Args:
        feature: The feature of each node.
        sets: The sets, one after the other, in words of 32 bits.
        sizes: The words of each set.
    """
    bits = np.unpackbits(sets.astype("<u4").view(np.uint8).reshape(-1, 4), axis=1, bitorder="little")
    word, bit = np.nonzero(bits)
    first = np.cumsum(sizes) - sizes
    owner = np.repeat(np.arange(len(sizes)), sizes)[word]
    return _codes(feature[owner], (word - first[owner]) * _SET_WORD + bit)


def _codes(feature: np.ndarray, value: np.ndarray) -> np.ndarray:
    return feature.astype(np.int64) << 32 | value.astype(np.int64)


@dataclass
class _Group:
    table: list[np.ndarray]
    lookups: dict[int, np.ndarray]
    starts: np.ndarray
    values: np.ndarray
    trees: np.ndarray


def _group(trees: list[Tree], edges: dict[int, np.ndarray], sizes: dict[int, int], word: int) -> _Group:
    nodes: dict[int, _Nodes] = {}
    starts: list[int] = []
    values, owners = [], []
    for number, tree in enumerate(trees):
        _add_nodes(nodes, tree, len(starts), word)
        every, padded = leaves_of(tree, word)
        starts += every
        values.append(padded)
        owners += [number] * len(every)
    group = _Group([], {}, signed(starts, word), np.concatenate(values), np.array(owners))
    # A group does not distinguish bins that differ only by thresholds of other groups.
    own = edges_of(trees)
    count = 0
    for feature, at in sorted(nodes.items()):
        bits = _reach(at, own.get(feature), sizes.get(feature, 0), len(starts), word)
        if feature in own:
            last = len(own[feature])
            lookup: np.ndarray = np.append(np.searchsorted(own[feature], edges[feature]), [last, last + 1])
        else:
            bits, lookup = distinct(bits)
        group.lookups[feature] = lookup + count
        group.table.append(bits)
        count += len(bits)
    return group


def distinct(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct rows, and the position of each row among them."""
    combined = np.ascontiguousarray(rows).view([("row", np.void, rows.dtype.itemsize * rows.shape[1])]).reshape(-1)
    _, places, lookup = np.unique(combined["row"], return_index=True, return_inverse=True)
    return rows[places], lookup.reshape(-1)


def leaves_of(tree: Tree, word: int) -> tuple[list[int], np.ndarray]:
    """Return all leaves of a tree in words of bits, and their values with a zero for no leaf, [words, word + 1]."""
    words = -(-len(tree.leaves) // word)
    values = np.zeros((words, word + 1))
    for place in range(words):
        leaves = tree.leaves[place * word : (place + 1) * word]
        values[place, : len(leaves)] = leaves
    return _words((1 << len(tree.leaves)) - 1, words, word), values


def sides_of_nodes(tree: Tree, word: int) -> Iterator[tuple[int, list[int], list[int]]]:
    """Yield each node with the leaves that stay reachable on its left, and on its right, in words of bits."""
    words, all_leaves = -(-len(tree.leaves) // word), (1 << len(tree.leaves)) - 1
    below: dict[int, int] = {~leaf: 1 << leaf for leaf in range(len(tree.leaves))}
    children = list(zip(tree.left.tolist(), tree.right.tolist(), strict=True))
    # A child has a greater number than its parent.
    for node in reversed(range(len(children))):
        left, right = (below[child] for child in children[node])
        below[node] = left | right
        yield node, _words(all_leaves & ~right, words, word), _words(all_leaves & ~left, words, word)


def _add_nodes(nodes: dict[int, _Nodes], tree: Tree, column: int, word: int) -> None:
    features = tree.feature.tolist()
    for node, if_left, if_right in sides_of_nodes(tree, word):
        splits, words = nodes.setdefault(features[node], _Nodes()), len(if_left)
        splits.nodes += [(tree, node)] * words
        splits.columns += range(column, column + words)
        splits.if_left += if_left
        splits.if_right += if_right


def _words(bits: int, words: int, word: int) -> list[int]:
    return [bits >> (word * number) & ((1 << word) - 1) for number in range(words)]


def signed(words: list[int], word: int) -> np.ndarray:
    """Return words of bits as signed numbers."""
    return np.array(words, f"uint{word}").view(f"int{word}")


def _reach(nodes: _Nodes, edges: np.ndarray | None, size: int, columns: int, word: int) -> np.ndarray:
    """Return the reachable leaves [bins, columns] by the value of one feature; all ones where it decides nothing."""
    order = np.argsort(nodes.columns, kind="stable")
    at = [nodes.nodes[place] for place in order]
    if edges is None:
        goes_left: np.ndarray = np.zeros((size + 1, len(at)), bool)
        for place, (tree, node) in enumerate(at):
            categories = tree.categories(node)
            goes_left[categories[categories < size], place] = True
    else:
        bins = np.concatenate([edges.astype(np.float64), [np.inf, np.nan]])
        threshold = np.array([tree.threshold[node] for tree, node in at])
        goes_left = splits_left(bins, threshold, np.array([tree.decision[node] for tree, node in at]))
    reachable = np.where(goes_left, signed(nodes.if_left, word)[order], signed(nodes.if_right, word)[order])
    decided, starts = np.unique(np.array(nodes.columns)[order], return_index=True)
    reach = np.full((len(reachable), columns), -1, reachable.dtype)
    reach[:, decided] = np.bitwise_and.reduceat(reachable, starts, axis=1)
    return reach


def _joined(
    parts: list[_Group], units: list[np.ndarray], edges: dict[int, np.ndarray], word: int, each: int
) -> LeafTables:
    width = max(len(part.starts) for part in parts)
    table: list[np.ndarray] = []
    lookups: list[np.ndarray] = []
    pairs, groups = [], [0]
    rows = bins = 0
    for part in parts:
        for feature, lookup in part.lookups.items():
            pairs.append((feature, bins))
            lookups.append(lookup + rows)
            bins += len(lookup)
        table += [np.pad(rows_of_part, ((0, 0), (0, width - rows_of_part.shape[1]))) for rows_of_part in part.table]
        rows += sum(map(len, part.table))
        groups.append(len(pairs))
    wide = [width - len(part.starts) for part in parts]
    return LeafTables(
        edges=edges,
        word=word,
        table=np.concatenate(table) if table else np.zeros((0, width), parts[0].starts.dtype),
        lookups=np.concatenate(lookups).astype(np.int32) if lookups else np.zeros(0, np.int32),
        pairs=np.array(pairs, np.int32).reshape(-1, 2),
        groups=np.array(groups, np.int32),
        starts=np.stack([np.pad(part.starts, (0, more)) for part, more in zip(parts, wide, strict=True)]),
        values=np.stack([np.pad(p.values, ((0, more), (0, 0))) for p, more in zip(parts, wide, strict=True)]),
        units=np.stack([np.pad(u[p.trees], (0, more)) for p, u, more in zip(parts, units, wide, strict=True)]).astype(
            np.int32
        ),
        each=each,
    )
