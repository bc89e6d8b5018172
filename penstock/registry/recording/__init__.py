"""Recording of runs: from a finished run to its experiment and its version, and the notes of runs to be recorded."""
