"""Search of persons by name, in Khmer or Latin letters, however the name is spelled."""
