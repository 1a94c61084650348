"""Statistics: defined measures, figures without names, and the pages that show them."""
