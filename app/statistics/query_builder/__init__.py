"""Tables that readers put together from coded fields: counting, names, files and pages."""
