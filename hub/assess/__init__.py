"""What do the records say? Pure functions from events to what they mean."""
