"""Protection orders of the law of 2005 on domestic violence: the restrained person, the protected person, and the last day."""
