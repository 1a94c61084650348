"""How long records are kept: the review of ended periods, legal holds, and what two officers do with a record."""
