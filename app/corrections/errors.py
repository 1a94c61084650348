"""Why a step of a correction is not taken; each carries a sentence for the reader."""


class Refused(Exception):
    """The step is not taken. `text` is a lazy sentence."""

    def __init__(self, text):
        self.text = text
        super().__init__(str(text))


class NotYours(Refused):
    """Somebody else has to take this step."""


class TooLate(Refused):
    """The step was taken already, or its time is over."""


class Changed(Refused):
    """The record is no longer as it was when the correction was asked for."""
