"""The yearly table of the nation by the international classification of crime."""
