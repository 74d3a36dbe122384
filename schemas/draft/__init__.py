"""The schemas as a program: what is said once here stands in every `.avsc` file."""
