"""The database's history, one file per step."""
