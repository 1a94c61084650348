"""Papers: what leaves the register on paper, typeset in Khmer. A feature above the records that it prints."""
