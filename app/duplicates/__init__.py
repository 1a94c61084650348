"""One human being is one record: likely duplicates are found, joined by two people, and parted again where that was wrong."""
