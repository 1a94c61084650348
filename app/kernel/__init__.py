"""The generic part of E-Crime: fields, records, rules, code lists and screens, without knowledge of crime."""
