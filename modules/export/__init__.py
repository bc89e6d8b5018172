"""What an exported model contains in addition: how its columns are read, and the inputs of its signatures."""
