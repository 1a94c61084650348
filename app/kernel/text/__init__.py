"""Text without a framework: Khmer normalization, collation, dates, numbers and phone numbers."""
