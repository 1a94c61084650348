"""Letters between units: requests, answers and notices about a record, with receipts, terms and signatures."""
