"""WHAT WILL THE MEETING DO? Which cases a MARAC hears, in which order, and who is invited to each."""
