"""Sources as trees: many tests read all of our sources; to parse these takes two seconds, to walk through them one."""

import ast
import functools


@functools.cache
def tree_of(source: str) -> ast.Module:
    """Return the tree of a source, one for all who read it: nobody changes it."""
    return ast.parse(source)


@functools.cache
def nodes_of(source: str) -> tuple[ast.AST, ...]:
    """Return the nodes of the tree of a source, as `ast.walk` yields them."""
    return tuple(ast.walk(tree_of(source)))
