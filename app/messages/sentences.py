"""What a message says. Each feature registers its sentences by a key; their values come with the message."""

from flask_babel import gettext

_sentences = {}


def register(**sentences):
    """`register(**{"correction.asked": _("… %(number)s …")})`, with lazy sentences."""
    _sentences.update(sentences)


def text_of(message):
    """The message in the reader's language; what nobody has registered is told by its key."""
    sentence = _sentences.get(message.text_key)
    return (
        str(sentence) % message.facts
        if sentence is not None
        else gettext("Message %(key)s", key=message.text_key)
    )
