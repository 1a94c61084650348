"""How a case is investigated: who is in charge, what was done, and what is due."""
