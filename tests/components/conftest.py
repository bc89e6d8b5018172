"""What the tests of components take over from those of modules: a small table, its transform and a fitted model."""

from tests.modules.conftest import fitted

__all__ = ["fitted"]
