"""Health: FHIR R4 messages of hospital trusts, as NHS BaRS shapes them, one mapping for each."""
