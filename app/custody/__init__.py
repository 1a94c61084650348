"""Arrest, custody, detention, judgment, sentence and release: who is held, on which basis and until when."""
