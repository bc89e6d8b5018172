"""Files scored in batches."""
