"""Arrest, police custody, detention, judgment, sentence and release, with their time limits."""
