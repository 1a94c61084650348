"""Finding anyone: the quick search of every page, free text, saved searches and watches."""
