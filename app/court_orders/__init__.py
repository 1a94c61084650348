"""Court orders, the people wanted under them, and the matches raised when a wanted person is entered."""
