"""API for a whole case, and for new rows of a registered case: offences, people, exhibits and files, with the entry rules.

{"occurred_from": "…", "place": "020310", "offences": [{…}],
 "people": [{"role": "suspect", "person": {…}, "document": {…}}, {"role": "victim", "known": 12}]}
"""
# commits: the save of a whole case or of its new rows by the API

import secrets

from flask_login import current_user
from werkzeug.datastructures import MultiDict

from app.cases.addition import Addition
from app.cases.drafts import CASE_FIELD
from app.cases.entry import SECTIONS, Entry
from app.cases.entry_forms import ROWS, CaseForm
from app.extensions import db
from app.kernel.api import request_body
from app.kernel.api.actions import ApiAction
from app.kernel.api.problem_details import invalid_values_response, problem_response
from app.kernel.concurrency import idempotency
from app.kernel.concurrency.database_errors import UNPROCESSABLE
from app.kernel.concurrency.unit_of_work import SaveRejected, unit_of_work
from app.kernel.database.transactions import rollback
from app.kernel.forms.record_form import get_prefix

FILE_TOKENS = "uploads"  # tokens of files uploaded by /file/upload
ROWS_WITH_FILES = ("people", "files")
SECTION_REASONS = [
    f"{name}__reason" for name in SECTIONS[1:]
]  # reasons that override a warning about all rows of a kind


class EntryAction(ApiAction):
    """Register a case with all its rows, or nothing."""

    path, status, right = "/", 201, ("can_register", "Entry")
    form, has_record = CaseForm, False

    def describe_body(self, body_of):
        schema = body_of(self.form)
        schema["properties"] |= {name: {"type": "string"} for name in SECTION_REASONS}
        for name, parts in ROWS.items():
            row = body_of(parts[""])
            for part, form in parts.items():
                part_schema = body_of(form)
                row["properties"] |= (
                    {part[:-1]: part_schema["properties"].get(part[:-1], part_schema)} if part else {}
                )
            if name in ROWS_WITH_FILES:
                row["properties"][FILE_TOKENS] = {"type": "array", "items": {"type": "string"}}
            schema["properties"][name] = {"type": "array", "items": row}
        return schema

    def respond(self, api, pk=None):
        record = api.find(pk) if self.has_record else None
        formdata, errors = parse_body(request_body.read_body(), self.form)
        key = request_body.read_idempotency_key()
        if errors:
            return invalid_values_response(errors)
        entry = self._make_entry(formdata, record)
        before = api.find_repeated_response(key, formdata)
        if before is not None:
            return before
        readable = entry.validate()
        with db.session.no_autoflush:
            case = entry.build()
            valid = entry.check_rules(case, current_user.unit) and readable
        if not valid:
            rollback()
            # The rules may have found the case or the rows that a simultaneous first request has registered.
            return api.find_repeated_response(key, formdata) or invalid_values_response(collect_errors(entry))
        return self._save(api, entry, case, key)

    def _make_entry(self, formdata, _record):
        return Entry(formdata, current_user.id)

    @staticmethod
    def _save(api, entry, case, key):
        try:
            with unit_of_work(where="EntryAction"):
                entry.save(case, secrets.token_urlsafe(12))
                pk = case.id
                if key:
                    idempotency.store_key(key, case, entry.formdata)
        except SaveRejected as rejection:
            if rejection.status == UNPROCESSABLE:
                entry.show_problems(rejection.problems, case)
                return invalid_values_response(collect_errors(entry))
            repeated = api.find_repeated_response(key, entry.formdata)
            return repeated or problem_response(rejection.status, rejection.message)
        return api.saved_response(str(pk), 201)


class AdditionAction(EntryAction):
    """Add rows to a registered case. The response is the case."""

    path, form, has_record = ApiAction.path, request_body.BodyForm, True

    def _make_entry(self, formdata, record):
        formdata[CASE_FIELD] = str(record.id)  # one idempotency key cannot add to two cases
        return Addition(record.id, formdata, current_user.id)


def parse_body(body, form):
    """Return (form data as the entry page would send it, errors by field) of a request body."""
    formdata, errors, rows = MultiDict(), {}, {name: body.pop(name, []) for name in ROWS}
    for name in SECTION_REASONS:
        if isinstance(body.get(name), str):
            formdata[f"section-{name}"] = body.pop(name)
    _add_fields(body, form, "case-", formdata, errors)
    for name, given in rows.items():
        valid = isinstance(given, list) and all(isinstance(row, dict) for row in given)
        if not valid:
            _add_error(errors, name)
        for number, row in enumerate(given if valid else ()):
            _add_row(row, name, f"{name}-{number}-", formdata, errors)
    return formdata, errors


def _add_row(row, name, prefix, formdata, errors):
    tokens = row.pop(FILE_TOKENS, []) if name in ROWS_WITH_FILES else []
    if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
        _add_error(errors, f"{prefix}{FILE_TOKENS}")
    else:
        formdata.setlist(f"{prefix}{FILE_TOKENS}", tokens)
    for part, form in ROWS[name].items():
        given = row.pop(part[:-1], {}) if part else None
        if part and hasattr(form, part[:-1]) and given:
            given = {part[:-1]: given}  # a part with one field accepts the bare value
        if part and isinstance(given, dict):
            _add_fields(given, form, f"{prefix}{part}", formdata, errors)
        elif part:
            _add_error(errors, f"{prefix}{part[:-1]}")
    _add_fields(row, ROWS[name][""], prefix, formdata, errors)
    formdata.setdefault(f"{prefix}row", "1")  # an empty row still counts as a row


def _add_fields(values, form, prefix, formdata, errors):
    typed, refused = request_body.build_formdata(values, form)
    formdata.update({f"{prefix}{name}": value for name, value in typed.items()})
    errors.update({f"{prefix}{name}": message for name, message in refused.items()})


def _add_error(errors, name):
    errors[name] = request_body.build_problem_list(request_body.INVALID_VALUE)


def collect_errors(entry):
    """Return everything that stops the save, by field name: `case-summary`, `people-0-person-sex`."""
    errors = {}
    for form in entry.forms:
        errors |= {
            f"{get_prefix(form)}{name}": problems
            for name, problems in request_body.collect_problems(form).items()
        }
    for name, messages in entry.section_problems.items():
        if messages:
            errors[name] = [request_body.serialize_problem(one) for one in messages if not one.reason]
    return {name: messages for name, messages in errors.items() if messages}
