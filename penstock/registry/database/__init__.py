"""The database of the registry: tables, migrations, transactions and the chain of events."""
