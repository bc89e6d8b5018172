"""What the registry does in a transaction: each function takes the connection, and the caller ends the transaction."""
