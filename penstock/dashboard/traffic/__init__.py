"""What a prediction server counts of its requests, and what the log of them has."""
