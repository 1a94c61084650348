"""What is shut is corrected by three people: one asks, another decides, a third carries it out."""
