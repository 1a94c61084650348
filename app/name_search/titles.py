"""Titles that are spoken before a name and do not belong to it, such as លោក (Mr)."""

import re

# No name begins with these, so they may be written together with the name.
_PREFIXES = "លោកជំទាវ|លោកស្រី|លោក|អ្នកស្រី|ឯកឧត្តម"
_SEPARATE_WORDS = r"ឧកញ៉ា|អ្នកឧកញ៉ា|សម្តេច|អ្នកនាង|ឈ្មោះ|mrs?|ms|miss|mister|madame?|dr|oknha|samdech|h\.e"
# These are names too: a title only if a surname and a given name follow.
_ALSO_NAMES = "នាង|កញ្ញា"
_TITLE = re.compile(
    rf"(?:(?>{_PREFIXES})(?:\s+|(?=[ក-ឳ]))|(?:{_SEPARATE_WORDS})(?:\.\s*|\s+)|(?:{_ALSO_NAMES})\s+(?=\S+\s+\S))(?=\S)",
    re.IGNORECASE,
)


def strip_titles(text):
    """Return a name without the titles before it. A title alone may be a name, and stays."""
    while title := _TITLE.match(text):
        text = text[title.end() :]
    return text
