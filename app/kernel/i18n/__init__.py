"""The language of the request, messages that are translated when they are read, and the words for yes and no."""
