"""Tasks and notices for users, roles and units, with read receipts."""
