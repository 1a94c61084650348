"""Knows nothing of crime: fields, records, rules, code lists and the screens made from them."""
