"""Whose record is this? Pure functions from records to people."""
