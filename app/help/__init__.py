"""Help inside the application: the guides, the rules and a search over both."""
