"""Persons and their identity data. A person is registered only with a case (V045)."""
