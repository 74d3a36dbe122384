"""The Safeguarding Hub: more with the right agency, and provably nothing with the wrong person."""
