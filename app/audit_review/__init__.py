"""Purposes of access, the history of records, and the audit log for auditors."""
