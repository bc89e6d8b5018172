"""The groups of rows that fairness compares."""

# The most values of an attribute, each of which is a group.
MOST_GROUPS = 50
