"""Missing persons, unidentified bodies, lost and found property: reports of a unit, which are no offences, and their matches."""
