"""Prevention programmes: what is done where against which offences, and the cases before and after it."""
