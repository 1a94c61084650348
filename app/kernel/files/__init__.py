"""Photos, documents and scans: the content-addressed store, its views and its cleanup."""
