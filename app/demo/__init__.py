"""A synthetic country: people made from lists of names, cases composed from parts. Nobody in it exists."""
