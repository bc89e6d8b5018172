"""What every other folder uses: errors, text, files, processes, typed documents, the description of features."""
