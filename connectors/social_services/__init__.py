"""Social services: tables of the Standard Safeguarding Dataset, delivered together, one mapping for each council."""
