"""What the migrations make beside the models: the indexes of free text, of which each database has its own kind."""

BEGINNINGS = ("text_of_", "pairs_of_")


def is_declared(_object, name, _kind, reflected, _compared_to):
    """Whether Alembic compares it with the models."""
    return not (reflected and name and name.startswith(BEGINNINGS))
