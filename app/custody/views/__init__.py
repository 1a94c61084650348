"""Screens of custody records."""
