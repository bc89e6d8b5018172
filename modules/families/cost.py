"""The estimated cost of serving a model: time per row and size, from its structure, and so independent of the clock.

The constants were measured on one machine, in batches of 4,096 rows, in microseconds of processor time.
"""

from dataclasses import dataclass

from modules.families.problem import Columns

# A column that is read and stacked, and the sum of a linear model.
COLUMN, LINEAR = 0.03, 0.3
# The fixed part of a network, a number that it encodes, and its layers per million weights.
NETWORK, ENCODED, MILLION_WEIGHTS = 0.5, 0.07, 15.0
# 32 bits of leaves, for each feature that the trees split; the leaf of a tree; and the fixed part of a forest.
WORD_FEATURE, WORD, LEAF, FOREST = 0.0012, 32, 0.006, 1.0
# Where nodes are compared instead: a node, which takes as long as looking up 32 bits of leaves by so many features.
NODE, NODE_FEATURES = 0.0035, 5
# A linear leaf, and each of its coefficients.
LINEAR_LEAF, COEFFICIENT = 0.01, 0.0005
# Megabytes of the graph: of the forest, and of linear leaves.
FOREST_GRAPH, LINEAR_LEAF_GRAPH = 0.15, 0.05
# Megabytes of the graph of any model, with the transform in both signatures: a fixed part, a number, a category, and a
# term of a vocabulary.
ANY_GRAPH, NUMBER_GRAPH, CATEGORY_GRAPH, TERM_GRAPH = 0.06, 0.008, 0.03, 12e-6
# The least share of a limit that is left where its fixed part exceeds it.
_LEAST = 0.01
# Where nothing is configured: microseconds per row, more for each column, and megabytes up to ROWS_OF_MEGABYTES rows.
DEFAULT_MICROSECONDS, COLUMN_MICROSECONDS = 40.0, 1.0
DEFAULT_MEGABYTES, ROWS_OF_MEGABYTES = 10.0, 50_000
_MEGABYTE = 1e6


@dataclass(frozen=True)
class Cost:
    """The cost of serving.

    Attributes:
        microseconds: Processor time per row in a large batch, without parsing and transforming it.
        megabytes: The size on the disk, without the transform: see `graph_megabytes`.
    """

    microseconds: float = 0.0
    megabytes: float = 0.0

    def __add__(self, other: "Cost") -> "Cost":
        """Return the cost of both models."""
        return Cost(self.microseconds + other.microseconds, self.megabytes + other.megabytes)

    def __mul__(self, count: float) -> "Cost":
        """Return the cost of so many models."""
        return Cost(self.microseconds * count, self.megabytes * count)

    def fits(self, limit: "Cost") -> bool:
        """Say whether the cost is within a limit."""
        return self.microseconds <= limit.microseconds and self.megabytes <= limit.megabytes

    def excess(self, limit: "Cost") -> float:
        """Return how many times a limit the trees are, by what exceeds it the most, without what no trees take."""
        parts = (self.microseconds, limit.microseconds, FOREST), (self.megabytes, limit.megabytes, FOREST_GRAPH)
        return max((own - fixed) / max(most - fixed, _LEAST * most) for own, most, fixed in parts)


def limit_of(rows: int, columns: Columns, microseconds: float | None = None, megabytes: float | None = None) -> Cost:
    """Return the most that trees and weights may cost: a configured limit of the size is that of the saved model.

    Args:
        rows: The number of training rows, on which the default limit of the size depends.
        columns: The transformed columns.
        microseconds: The configured limit of the time per row, if any.
        megabytes: The configured limit of the size of the saved model, if any.
    """
    time = microseconds or DEFAULT_MICROSECONDS + COLUMN_MICROSECONDS * len(columns.names)
    size = megabytes or DEFAULT_MEGABYTES * max(1.0, rows / ROWS_OF_MEGABYTES)
    return Cost(time, max(size - graph_megabytes(columns), _LEAST * size))


def graph_megabytes(columns: Columns) -> float:
    """Return the estimated size of the graph and of the transform in it, with its vocabularies."""
    # A flag is computed with its number.
    numbers, terms = len(columns.numbers) + len(columns.vectors), sum(columns.categories.values())
    return ANY_GRAPH + NUMBER_GRAPH * numbers + CATEGORY_GRAPH * len(columns.categories) + TERM_GRAPH * terms


def compares_nodes(trees: float, bits: int, features: int, nodes: float) -> bool:
    """Say whether comparing the nodes of trees takes less time than looking up the words of their leaves.

    Args:
        trees: The number of trees.
        bits: The bits of a word that is looked up; one that is compared has at least 32.
        features: The number of features that are split.
        nodes: The number of nodes.
    """
    # A node of a tree of several words divides each of them, at most, so that their number does not matter.
    return 0 < NODE_FEATURES * nodes * max(bits, WORD) < trees * features * bits


def forest_cost(words: float, bits: int, features: int, table_bytes: float) -> Cost:
    """Return the cost of trees whose words of leaves are looked up.

    Args:
        words: The words of bits that the leaves of a row's trees take, over all trees.
        bits: The bits of a word.
        features: The number of features that are split.
        table_bytes: The size of the tables.
    """
    microseconds = FOREST + LEAF * words + WORD_FEATURE * words * bits / WORD * features
    return Cost(microseconds, FOREST_GRAPH + table_bytes / _MEGABYTE)


def compared_cost(words: float, nodes: float, table_bytes: float) -> Cost:
    """Return the cost of trees whose nodes are compared.

    Args:
        words: As `forest_cost` takes them.
        nodes: The number of nodes, counted for each word that they divide.
        table_bytes: The size of the tables.
    """
    return Cost(FOREST + LEAF * words + NODE * nodes, FOREST_GRAPH + table_bytes / _MEGABYTE)


def linear_leaves_cost(words: float, bits: int, columns: int) -> Cost:
    """Return what leaves that are linear functions of so many columns cost in addition.

    Args:
        words: As `forest_cost` takes them.
        bits: The bits of a word.
        columns: The number of columns that have a coefficient in any leaf.
    """
    # A constant, the bits of its columns and the coefficients of each leaf, and of none.
    size = words * (bits + 1) * 8 * (columns + 2)
    return Cost(words * (LINEAR_LEAF + COEFFICIENT * columns), LINEAR_LEAF_GRAPH + size / _MEGABYTE)


def linear_cost(columns: Columns, weights: int) -> Cost:
    """Return the cost of a linear model of so many weights."""
    return Cost(LINEAR + COLUMN * len(columns.names), 8 * weights / _MEGABYTE)


def network_cost(columns: Columns, weights: int, embedded: int) -> Cost:
    """Return the cost of a network of so many weights, some of them in embeddings, of which a row reads few."""
    per_row = ENCODED * len(columns.numbers) + MILLION_WEIGHTS * (weights - embedded) / 1e6
    return Cost(NETWORK + COLUMN * len(columns.names) + per_row, 4 * weights / _MEGABYTE)
