"""The quick search, the text search, and saved searches with their watches."""
