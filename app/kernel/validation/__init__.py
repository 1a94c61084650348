"""Validation beyond one record: aggregate rules and warning overrides."""
