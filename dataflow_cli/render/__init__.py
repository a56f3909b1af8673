"""A finished record becomes text: reports for tables and machines, tensors, problems. Nothing is computed here."""
