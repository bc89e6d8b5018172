"""A second version that gets copies of a share of the requests: its answers are compared, counted and thrown away."""
