"""Short names of browsers and systems, by which users recognize their own devices."""

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


def describe_device(user_agent):
    """Return a name such as «Firefox · Windows», or the start of an unknown user agent."""
    words = [_find_name(BROWSERS, user_agent), _find_name(SYSTEMS, user_agent)]
    return " · ".join(word for word in words if word) or user_agent[:40] or "?"


def _find_name(pairs, text):
    return next((word for token, word in pairs if token in text), "")
