"""Corrections of locked records. Three people take part: one requests, another decides, a third applies."""
