"""Backup and restore: one encrypted archive holds the database, the files, the keys and the anchors."""
