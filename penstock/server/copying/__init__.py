"""Copies of requests and their answers, for a log or a challenger; no request waits for what is done with them."""
