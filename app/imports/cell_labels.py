"""Labels of codes and records in the cells of a spreadsheet, and the way back from a label to its key."""

from flask_babel import force_locale

from app.imports import code_mapping
from app.imports.rejected_entries import LANGUAGES
from app.kernel.schema import code_lists, lookups

SEPARATOR = " · "  # between the code of a record and its name


class CellLabels:
    """Caches labels, because many cells repeat. A spreadsheet may come back in the other language."""

    def __init__(self, profile):
        self.profile, self.cache = profile, {}

    def format_cell(self, target, text):
        """Return the text of the cell; a value unknown to the system is returned as in the file."""
        return self._get_labels(target, text)[0] if target.codes or target.lookup else text

    def parse_cell(self, target, typed, stored):
        """Return the value of a cell that came back; an unchanged cell keeps its `stored` value."""
        if target.codes or target.lookup:
            for key in (stored, typed.partition(SEPARATOR)[0]):
                if key and typed in self._get_labels(target, key):
                    return key
        return typed

    def _get_labels(self, target, text):
        """Return the label in the reader's language, then in each language."""
        if (target.key, text) not in self.cache:
            self.cache[target.key, text] = labels = [self._build_label(target, text)]
            for language in LANGUAGES:
                with force_locale(language):
                    labels.append(self._build_label(target, text))
        return self.cache[target.key, text]

    def _build_label(self, target, text):
        """Return the label of the text.

        A code label is used only if it is parsed as the same code, because several codes may have one name.
        """
        key = code_mapping.resolve_key(self.profile, target, text)
        if not key:
            return text
        if target.lookup:
            return f"{key}{SEPARATOR}{lookups.get_lookup(target.lookup).words(key)}"
        word = code_lists.label(target.codes, key)
        return word if code_mapping.resolve_key(self.profile, target, word) == key else text
