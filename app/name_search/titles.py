"""The words that are said before a name and are no part of it: a man on the telephone is always លោក somebody."""

import re

# No name begins with these, so a clerk may write them and the name as one word.
_JOINED = "លោកជំទាវ|លោកស្រី|លោក|អ្នកស្រី|ឯកឧត្តម"
_APART = r"ឧកញ៉ា|អ្នកឧកញ៉ា|សម្តេច|អ្នកនាង|ឈ្មោះ|mrs?|ms|miss|mister|madame?|dr|oknha|samdech|h\.e"
# Such names there are too: a title where a surname and a given name stand behind it.
_ALSO_NAMES = "នាង|កញ្ញា"
_TITLE = re.compile(
    rf"(?:(?>{_JOINED})(?:\s+|(?=[ក-ឳ]))|(?:{_APART})(?:\.\s*|\s+)|(?:{_ALSO_NAMES})\s+(?=\S+\s+\S))(?=\S)",
    re.IGNORECASE,
)


def without_title(text):
    """A name without the titles before it; a title alone may be somebody's name, and stays."""
    while title := _TITLE.match(text):
        text = text[title.end() :]
    return text
