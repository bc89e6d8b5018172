"""Sources of any size scored in shards: a scoring that was killed continues, and a row is never scored twice."""
