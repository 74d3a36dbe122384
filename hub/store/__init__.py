"""What the hub keeps: one file per subject, each table with its retention rule."""
