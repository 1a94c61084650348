"""The REST API of the records."""
