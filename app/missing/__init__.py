"""Missing persons, unidentified bodies, lost and found property: reports of a unit and their matches. They are not offences."""
