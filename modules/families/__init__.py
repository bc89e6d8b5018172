"""The model families, one per file or folder, and what they share: the problem, its rows and deadlines."""
