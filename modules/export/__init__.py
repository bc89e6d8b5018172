"""What an exported model carries: how its columns are read, and the inputs of its signatures."""
