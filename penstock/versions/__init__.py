"""The folders of pushed versions, and the record in each."""
