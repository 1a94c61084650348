"""The base class of records, field declarations, code lists, lookups, rules and the 48-hour lock."""
