"""Police forces: exports that name their columns after the POLE dictionary, one mapping for each."""
