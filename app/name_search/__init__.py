"""Finding a person by name: in Khmer or Latin letters, however it was spelled."""
