"""Where a record comes from, if not from an entry: `origin` is "import:" and the name of the register it stood in.

What was imported is history. Its facts are those of their day, so nobody was late with it, and nothing of it waits.
"""

IMPORTED = "import:"
LONGEST = 40  # characters of the column


def of_import(source):
    """The origin of what an import brings over from the register of that name."""
    return f"{IMPORTED}{source}"[:LONGEST]


def is_imported(record):
    return (record.origin or "").startswith(IMPORTED)
