"""The numbers by which two exhibits are one item, in the form in which they are compared."""

from app.kernel.text.phone_numbers import normalize_phone
from app.people.rules import normalize_document_number

# Exhibit type → the columns of its numbers, the most reliable first: a plate is changed more easily than a frame number.
NUMBERS = {
    "vehicle": ("frame_no", "engine_no", "plate"),
    "phone": ("imei", "serial", "phone"),
    "weapon": ("serial",),
    "document": ("document_no",),
    "other": ("serial",),
}
COLUMNS = tuple(dict.fromkeys(name for names in NUMBERS.values() for name in names))
SAME_NUMBER = {"imei": "serial"}  # a serial number may have been entered as either
MIN_LENGTH = 4  # characters; a shorter number is no number of one item
UNKNOWN = frozenset("0X-")  # a number of these signs alone stands for an unknown one


def find_keys(exhibit):
    """Return {column: number as compared} of an exhibit, the most reliable number first."""
    keys = {}
    for name in NUMBERS.get(exhibit.kind, ()):
        value = getattr(exhibit, name)
        key = normalize_phone(value) if name == "phone" else normalize_document_number(value)
        if len(key) >= MIN_LENGTH and any(map(str.isdigit, key)) and not UNKNOWN.issuperset(key):
            keys.setdefault(SAME_NUMBER.get(name, name), key)
    return keys


def choose_item(kind, keys, holders, numbers):
    """Return the id of the item that has one of these numbers and no other more reliable number; None without one.

    `holders` is {(kind, column, number): item id}, `numbers` {item id: {column: numbers}}.
    """
    stronger = []
    for name, key in keys.items():
        item = holders.get((kind, name, key))
        known = numbers.get(item, {})
        if item is not None and all(keys[one] in known.get(one, (keys[one],)) for one in stronger):
            return item
        stronger.append(name)
    return None
