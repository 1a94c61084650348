"""Tasks that officers give to colleagues and units, about a record."""
