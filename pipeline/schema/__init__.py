"""The review of the schema: what data has that the schema does not allow."""
