"""The two words in which a yes/no field is told.

English has one pair for all. Khmer answers with the verb of the question, so each field names the pair that
fits its label; the first argument of `lazy_pgettext` tells a translator which question is answered.
"""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_pgettext


@dataclass(frozen=True)
class Pair:
    """The words for yes and for no."""

    yes: Any
    no: Any

    def of(self, value):
        return str(self.yes if value else self.no)


THERE = Pair(lazy_pgettext("is it there", "Yes"), lazy_pgettext("is it there", "No"))  # a signature
DONE = Pair(lazy_pgettext("was it done", "Yes"), lazy_pgettext("was it done", "No"))  # force was used
DUE = Pair(lazy_pgettext("must it be", "Yes"), lazy_pgettext("must it be", "No"))  # to be confirmed
SUCH = Pair(lazy_pgettext("is it such a one", "Yes"), lazy_pgettext("is it such a one", "No"))  # a minor
LATE = Pair(lazy_pgettext("was it late", "Yes"), lazy_pgettext("was it late", "No"))
URGENT = Pair(lazy_pgettext("is it urgent", "Yes"), lazy_pgettext("is it urgent", "No"))
UNKNOWN = Pair(lazy_pgettext("is it not known", "Yes"), lazy_pgettext("is it not known", "No"))  # the hour
STRANGER = Pair(
    lazy_pgettext("is the person not known", "Yes"), lazy_pgettext("is the person not known", "No")
)
ALLOWED = Pair(lazy_pgettext("is it allowed", "Yes"), lazy_pgettext("is it allowed", "No"))
JUSTIFIED = Pair(lazy_pgettext("was it justified", "Yes"), lazy_pgettext("was it justified", "No"))
