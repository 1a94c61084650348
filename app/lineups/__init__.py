"""Photo line-ups: prepared by an officer of the case, shown by an officer who does not know the suspect."""
