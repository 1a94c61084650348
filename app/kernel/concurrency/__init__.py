"""Concurrent requests: edit conflicts, idempotency keys, unique conflicts, and the meaning of database errors."""
