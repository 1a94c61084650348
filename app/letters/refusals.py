"""What a page says when an officer may not take a step of a letter."""

from flask_babel import lazy_gettext as _

NOT_YOURS = _("Only an officer of the unit that writes the letter may do this.")
NOT_AUTHOR = _("Only the author changes and sends a draft. Write a letter of your own.")
NOT_SIGNER = _("The chief of the unit signs this letter, not its author. A second officer must do it.")
NOT_CHIEF = _("The answer to this letter needs the signature of the chief. So only the chief declines it.")
NOT_RECEIVER = _("Only an officer of the unit that received the letter may do this.")
ALREADY_ENDED = _(
    "This letter was already answered, declined, forwarded, corrected or withdrawn. Load the page again."
)
LOCKED = _("A letter does not change after it was sent. Send a correction instead.")
