"""The form by which a chief asks: each fact of the record with its value and the new one beside it."""

from flask_babel import gettext
from sqlalchemy import inspect

from app.corrections import actions, correctable_records, impact
from app.corrections.models import CHANGE, VOID
from app.extensions import db
from app.kernel.concurrency.edit_conflicts import text_of, words_of
from app.kernel.forms.inputs import FlagBox
from app.kernel.schema.display import said
from app.kernel.schema.record_lock import column_of
from app.kernel.text import khmer

LONGEST_LETTER = 60


class Asking:
    """What one chief has typed about one record."""

    def __init__(self, record, formdata, args, by_program=False):
        self.record, self.formdata = record, formdata
        self.entity, self.pk = record.__tablename__, record.id
        self.kind = VOID if (formdata if formdata is not None else args).get("kind") == VOID else CHANGE
        self.problems, self.told, self.warned = {}, "", ()
        made = correctable_records.form_of(type(record))
        self.stored = made(None, obj=record, meta={"csrf": False})
        # The token of a form belongs to a page; what a program sends is let in by the API's own door.
        self.form = made(formdata, obj=record, **({"meta": {"csrf": False}} if by_program else {}))
        self.reason = self._text("reason")
        self.letter_no = " ".join(self._text("letter_no").split())
        self.found = {}

    def _text(self, name):
        try:
            return khmer.normal((self.formdata or {}).get(name, ""), lines=True).strip()
        except khmer.Refused:
            self.problems[name] = gettext("This text holds characters that cannot be kept.")
            return ""

    @property
    def rows(self):
        """(box of the current value in words, box of the new value), in the order of the form."""
        for box in self.form:
            if box.short_name != "csrf_token":
                yield words_of(self.stored[box.short_name]), box

    @property
    def changes(self):
        """column → new value of the boxes that no longer say what is stored."""
        model, found = type(self.record), {}
        for name, box in self.form._fields.items():
            if name == "csrf_token" or text_of(box) == text_of(self.stored[name]):
                continue
            if (
                name not in self.formdata
                and not isinstance(box, FlagBox)
                and f"{name}__text" not in self.formdata
            ):
                continue
            value = box.data
            if value is not None and not isinstance(value, str) and name in model.__mapper__.relationships:
                value = inspect(value).identity[0]
            found[column_of(model, name)] = value or None if isinstance(value, str) else value
        return found

    def hear(self):
        """Whether it may be sent. The rules are asked with the new values; the session is as before then."""
        for name, least, text in (
            (
                "reason",
                actions.SHORTEST_REASON,
                gettext("Say why, in at least %(n)s characters.", n=said(actions.SHORTEST_REASON)),
            ),
            ("letter_no", 1, gettext("Give the number of the letter that asks for it.")),
        ):
            if len(getattr(self, name)) < least:
                self.problems.setdefault(name, text)
        if len(self.letter_no) > LONGEST_LETTER:
            self.problems["letter_no"] = gettext(
                "This text is too long: at most %(number)s characters.", number=said(LONGEST_LETTER)
            )
        readable = self.kind == VOID or self.form.validate()
        if not readable or self.problems:
            return False
        self.changed = {} if self.kind == VOID else self.changes
        with impact.the_whole_register():
            reason = self.reason[: actions.LONGEST_REASON]
            record = correctable_records.find(self.entity, self.pk)
            self.found, problems = actions.problems_made(record, self.kind, self.changed, reason)
            clear = self.form.hear(problems, self.formdata)
            db.session.rollback()
        return clear

    def send(self, user):
        record = correctable_records.find(self.entity, self.pk)
        return actions.ask(
            user, record, self.kind, self.changed, self.reason, self.letter_no, self.form.passed, self.found
        )

    def reload(self):
        """The record again, after the session was rolled back."""
        self.record = correctable_records.find(self.entity, self.pk)
