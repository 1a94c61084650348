"""Facts of a traffic crash, as rows of its case."""
