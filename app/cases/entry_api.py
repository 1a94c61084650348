"""A whole case by the API: its boxes, and lists of its offences, people, exhibits and files, judged as the entry page is.

{"occurred_from": "…", "place": "020310", "offences": [{…}],
 "people": [{"role": "suspect", "person": {…}, "document": {…}}, {"role": "victim", "known": 12}]}
"""

import secrets

from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import MultiDict

from app.cases.entry import SECTIONS, Entry
from app.cases.entry_forms import ROWS, CaseForm
from app.extensions import db
from app.kernel.api import request_body
from app.kernel.api.actions import Act
from app.kernel.api.serialization import answer
from app.kernel.concurrency import idempotency
from app.kernel.concurrency.database_errors import UNPROCESSABLE
from app.kernel.schema.rules import RuleBroken

HELD = "held"  # the tokens of files that were sent to /file/upload
WITH_FILES = ("people", "files")
HEADS = [f"{name}__reason" for name in SECTIONS[1:]]  # by which a warning about all rows of a kind is passed


class EntryAct(Act):
    """Register a case with everything that belongs to it, or nothing of it."""

    path, status, right = "/", 201, ("can_save", "Entry")
    form, finds = CaseForm, False

    def describe(self, body_of):
        told = body_of(CaseForm)
        told["properties"] |= {name: {"type": "string"} for name in HEADS}
        for name, parts in ROWS.items():
            row = body_of(parts[""])
            for part, form in parts.items():
                made = body_of(form)
                row["properties"] |= {part[:-1]: made["properties"].get(part[:-1], made)} if part else {}
            if name in WITH_FILES:
                row["properties"][HELD] = {"type": "array", "items": {"type": "string"}}
            told["properties"][name] = {"type": "array", "items": row}
        return told

    def answer(self, api):
        formdata, errors = boxes_of(request_body.read_body())
        key = request_body.read_key()
        if errors:
            return answer({"errors": errors}, UNPROCESSABLE)
        before = api.made_before(key, formdata)
        if before is not None:
            return before
        entry = Entry(formdata, current_user.id)
        readable = entry.validate()
        with db.session.no_autoflush:
            case = entry.build()
            clear = entry.judge(case, current_user.unit) and readable
        if not clear:
            db.session.rollback()
            # The rules may have found the case that the first of two requests has made meanwhile.
            return api.made_before(key, formdata) or answer({"errors": problems_of(entry)}, UNPROCESSABLE)
        return self._saved(api, entry, case, key)

    @staticmethod
    def _saved(api, entry, case, key):
        try:
            entry.save(case, secrets.token_urlsafe(12))
            pk = case.id
            if key:
                idempotency.keep(key, case, entry.formdata)
            db.session.commit()
        except RuleBroken as refusal:
            entry.hear(refusal.problems, case)
            db.session.rollback()
            return answer({"errors": problems_of(entry)}, UNPROCESSABLE)
        except SQLAlchemyError as fault:
            db.session.rollback()
            return api.made_before(key, entry.formdata) or api.refused(fault)
        return api.done(str(pk), 201)


def boxes_of(body):
    """(what the entry page would have sent, errors by box) of a body."""
    formdata, errors, rows = MultiDict(), {}, {name: body.pop(name, []) for name in ROWS}
    for name in HEADS:
        if isinstance(body.get(name), str):
            formdata[f"section-{name}"] = body.pop(name)
    _put(body, CaseForm, "case-", formdata, errors)
    for name, given in rows.items():
        whole = isinstance(given, list) and all(isinstance(row, dict) for row in given)
        if not whole:
            _refuse(errors, name)
        for number, row in enumerate(given if whole else ()):
            _put_row(row, name, f"{name}-{number}-", formdata, errors)
    return formdata, errors


def _put_row(row, name, prefix, formdata, errors):
    held = row.pop(HELD, []) if name in WITH_FILES else []
    if not isinstance(held, list) or not all(isinstance(token, str) for token in held):
        _refuse(errors, f"{prefix}{HELD}")
    else:
        formdata.setlist(f"{prefix}{HELD}", held)
    for part, form in ROWS[name].items():
        given = row.pop(part[:-1], {}) if part else None
        if part and hasattr(form, part[:-1]) and given:
            given = {part[:-1]: given}  # of one box alone, by the name of the part: its value stands for it
        if part and isinstance(given, dict):
            _put(given, form, f"{prefix}{part}", formdata, errors)
        elif part:
            _refuse(errors, f"{prefix}{part[:-1]}")
    _put(row, ROWS[name][""], prefix, formdata, errors)
    formdata.setdefault(f"{prefix}row", "1")  # a row of which nothing is said is there all the same


def _put(values, form, prefix, formdata, errors):
    typed, refused = request_body.to_formdata(values, form)
    formdata.update({f"{prefix}{name}": value for name, value in typed.items()})
    errors.update({f"{prefix}{name}": said for name, said in refused.items()})


def _refuse(errors, name):
    errors[name] = request_body.refused(request_body.UNREADABLE)


def problems_of(entry):
    """Everything that stands in the way, by the name of its box: `case-summary`, `people-0-person-sex`."""
    told = {}
    for form in entry.forms:
        told |= {f"{form._prefix}{name}": said for name, said in request_body.answers_of(form).items()}
    for name, said in entry.section_problems.items():
        if said:
            told[name] = [request_body.told_of(one) for one in said if not one.reason]
    return {name: said for name, said in told.items() if said}
