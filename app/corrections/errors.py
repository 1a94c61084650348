"""Errors of the steps of a correction; each has a message for the user."""


class ActionRefused(Exception):
    """The step is refused. `text` is a lazy translated message."""

    def __init__(self, text):
        self.text = text
        super().__init__(str(text))


class NotAllowed(ActionRefused):
    """Another officer must take this step."""


class TooLate(ActionRefused):
    """The step was already taken, or its deadline has passed."""


class RecordChanged(ActionRefused):
    """The record changed after the correction was requested."""
