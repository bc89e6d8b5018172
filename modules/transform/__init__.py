"""The transform: the analysis of the training rows, and the graph that applies it."""
