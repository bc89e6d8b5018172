"""The transform: what is learned from the rows, and the graph that applies it."""
