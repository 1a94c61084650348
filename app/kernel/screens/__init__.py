"""The pages of a record: lists, filters, forms, related rows and the dashboard."""
