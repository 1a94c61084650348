"""Which rows a user may see: the row filter, row-level security, areas and access grants."""
