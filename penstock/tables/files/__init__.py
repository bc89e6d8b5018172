"""Tables in files: found, read, checked; broken rows are set aside."""
