"""Tasks and notices between people and units, with a receipt when they are opened."""
