"""Records that take effect when a second officer confirms them: a death, the end of an exhibit."""
