"""The origin of imported records: `origin` is "import:" and the name of the earlier system.

Imported records are historical. They are never late, and no task is open for them.
"""

IMPORTED = "import:"
MAX_LENGTH = 40  # characters of the column


def import_origin(source):
    """Return the origin of records imported from the system `source`."""
    return f"{IMPORTED}{source}"[:MAX_LENGTH]


def is_imported(record):
    """Return True if the record was imported from an earlier system."""
    return (record.origin or "").startswith(IMPORTED)
