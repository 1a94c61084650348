"""What the migrations make beside the models: the indexes of which each database has its own kind, those of free text and
that of the people who bear names."""

BEGINNINGS = ("text_of_", "pairs_of_", "ix_name_bearer_")


def is_declared(_object, name, _kind, reflected, _compared_to):
    """Whether Alembic compares it with the models."""
    return not (reflected and name and name.startswith(BEGINNINGS))
