"""The screens of whoever is held or was."""
