"""The cells of a sheet in the words of its reader: codes and records as the pages name them, and back again."""

from flask_babel import force_locale

from app.imports import code_mapping
from app.imports.rejected_entries import LANGUAGES
from app.kernel.schema import code_lists, lookups

APART = " · "  # between the code of a record and its name


class Words:
    """Remembers what it has said, for many cells say the same. A sheet may come back in the other language."""

    def __init__(self, profile):
        self.profile, self.told = profile, {}

    def shown(self, target, text):
        """What stands in the cell; text that the register does not know stands there as it came."""
        return self._told(target, text)[0] if target.codes or target.lookup else text

    def kept(self, target, typed, held):
        """What a cell that came back stands for. What nobody touched stays as it was `held`."""
        if target.codes or target.lookup:
            for one in (held, typed.partition(APART)[0]):
                if one and typed in self._told(target, one):
                    return one
        return typed

    def _told(self, target, text):
        """The cell in the reader's language, then in each of them."""
        if (target.key, text) not in self.told:
            self.told[target.key, text] = said = [self._said(target, text)]
            for language in LANGUAGES:
                with force_locale(language):
                    said.append(self._said(target, text))
        return self.told[target.key, text]

    def _said(self, target, text):
        """A word of a list alone, where it is read as its very code; a name may be borne by several."""
        key = code_mapping.kept(self.profile, target, text)
        if not key:
            return text
        if target.lookup:
            return f"{key}{APART}{lookups.named(target.lookup).words(key)}"
        word = code_lists.label(target.codes, key)
        return word if code_mapping.kept(self.profile, target, word) == key else text
