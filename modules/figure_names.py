"""The names under which the Evaluator's figures stand in its files."""

ROWS = "example_count"
# The rows outside of the most frequent class; none of a regression.
RARER = "rarer_count"
# After a metric's name: half the width of its interval; the gain over an output or over BASELINE; how far a loss lies
# beyond its interval; by how much a bound on the slices of a column is missed.
INTERVAL = "/interval"
OVER = "/over_"
WORSE = "/worse"
MISSED = "/missed/"
BASELINE = "baseline"

CONFUSION = "confusion"
RELIABILITY = "reliability"
RESIDUALS = "residuals"
RESIDUAL_SHARES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
