"""Imports from earlier systems: files are read, checked by the rules of the forms, and registered."""
