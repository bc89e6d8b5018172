"""A log of a share of the requests and their answers, as Parquet files; off unless it is asked for."""
