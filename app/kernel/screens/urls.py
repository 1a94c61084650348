"""URLs with query arguments that came with a request."""

from urllib.parse import urlencode

SAFE_CHARACTERS = "!$'()*,/:;?@"  # characters that a query string may contain unescaped


def add_query(url, arguments):
    """Return `url` with these query arguments.

    `url_for` reads some names, for example `endpoint` and `_scheme`, as its own parameters: an argument of a request must
    not become one. It also takes four times as long.
    """
    return f"{url}?{urlencode(arguments, safe=SAFE_CHARACTERS)}" if arguments else url
