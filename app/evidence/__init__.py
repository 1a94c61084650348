"""Evidence: the chain of custody of exhibits, stores and shelves, labels, inventories."""
