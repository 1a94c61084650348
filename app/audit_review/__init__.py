"""Looks: for which work people are looked up, what a record has lived through, and what auditors read of the log."""
