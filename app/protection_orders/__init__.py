"""Protection orders of the law of 2005 on domestic violence: who must keep away from whom, and until when."""
