"""Indexes that a migration creates and no model declares: each database has its own kind of them."""

PREFIXES = ("text_of_", "ix_name_bearer_")


def is_declared(_object, name, _kind, reflected, _compared_to):
    """Return whether Alembic compares the object with the models."""
    return not (reflected and name and name.startswith(PREFIXES))
