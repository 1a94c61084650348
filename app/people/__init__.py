"""Persons and what identifies them. A person is registered only together with a case (V045)."""
