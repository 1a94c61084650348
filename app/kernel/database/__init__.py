"""Connections, statements and caches for SQLite and PostgreSQL, without knowledge of any model."""
