"""A synthetic county that speaks every connector's format, with the truth kept apart."""
