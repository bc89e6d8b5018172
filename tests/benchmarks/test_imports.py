"""Import times by package."""

from benchmarks.imports import by_package

LOG = """import time: self [us] | cumulative | imported package
import time:      2000 |       2000 |   numpy.core
I0000 something else that was logged
import time:      3000 |       5000 | numpy
import time:   1500000 |    1505000 | tensorflow
import time:       900 |        900 | zipp
"""


def test_modules_are_summed_by_package_and_the_longest_comes_first():
    assert list(by_package(LOG).items()) == [("tensorflow", 1.5), ("numpy", 0.005)]
