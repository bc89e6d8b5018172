"""Sources as trees: many tests read all of our sources, and parsing these takes two seconds."""

import ast
import functools


@functools.cache
def tree_of(source: str) -> ast.Module:
    """Return the tree of a source, one for all who read it: nobody changes it."""
    return ast.parse(source)
