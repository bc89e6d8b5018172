"""Decisions in the served graph: the threshold of a policy, conformal intervals and sets of classes."""
