"""What the tests of components take over from those of modules: a small table, its transform and a fitted model."""

from tests.modules.conftest import fitted, transformed

__all__ = ["fitted", "transformed"]
