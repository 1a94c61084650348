"""The frame of all pages: languages, assets, menu, home page, error pages and security headers."""
