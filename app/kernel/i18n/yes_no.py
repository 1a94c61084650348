"""The words for yes and no of a yes/no field.

English has one pair for all fields. Khmer answers with the verb of the question, so each field uses the labels that fit its
question. The first argument of `lazy_pgettext` shows the question to a translator.
"""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_pgettext


@dataclass(frozen=True)
class YesNoLabels:
    """The words for yes and for no."""

    yes: Any
    no: Any

    def label_for(self, value):
        """Return the word for a true or false value."""
        return str(self.yes if value else self.no)


# for example: a signature
IS_PRESENT = YesNoLabels(lazy_pgettext("is it there", "Yes"), lazy_pgettext("is it there", "No"))
# for example: force was used
WAS_DONE = YesNoLabels(lazy_pgettext("was it done", "Yes"), lazy_pgettext("was it done", "No"))
# for example: to be confirmed
IS_REQUIRED = YesNoLabels(lazy_pgettext("must it be", "Yes"), lazy_pgettext("must it be", "No"))
# for example: a minor
APPLIES = YesNoLabels(lazy_pgettext("is it such a one", "Yes"), lazy_pgettext("is it such a one", "No"))
WAS_LATE = YesNoLabels(lazy_pgettext("was it late", "Yes"), lazy_pgettext("was it late", "No"))
IS_URGENT = YesNoLabels(lazy_pgettext("is it urgent", "Yes"), lazy_pgettext("is it urgent", "No"))
# for example: the hour of an offence
IS_UNKNOWN = YesNoLabels(lazy_pgettext("is it not known", "Yes"), lazy_pgettext("is it not known", "No"))
IS_UNKNOWN_PERSON = YesNoLabels(
    lazy_pgettext("is the person not known", "Yes"), lazy_pgettext("is the person not known", "No")
)
IS_ALLOWED = YesNoLabels(lazy_pgettext("is it allowed", "Yes"), lazy_pgettext("is it allowed", "No"))
WAS_JUSTIFIED = YesNoLabels(lazy_pgettext("was it justified", "Yes"), lazy_pgettext("was it justified", "No"))
