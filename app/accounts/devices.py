"""What a browser says it is, in three words: enough for a user to know his own computers again."""

BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def device_of(user_agent):
    """As «Firefox · Windows»; the beginning of what was sent where it is nothing known."""
    words = [_first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)]
    return " · ".join(word for word in words if word) or user_agent[:40] or "?"


def _first(pairs, text):
    return next((word for sign, word in pairs if sign in text), "")
