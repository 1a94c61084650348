"""The entry of one case: read the fields, build the records, check the rules and register them together."""

import re
from typing import NamedTuple

from flask_babel import gettext

from app.cases import queries, registration, rules
from app.cases.entry_forms import MAX_ROWS, ROWS, CaseForm, make_row, read_rows
from app.cases.models import Case, CaseFile, CaseOffence, Exhibit, Involvement
from app.kernel.files import store
from app.kernel.forms.record_form import FieldMessage, find_override_reason
from app.kernel.schema.fields import fields_of
from app.kernel.schema.rules import Problem, check_rules
from app.kernel.text import dates
from app.people.models import Person, PersonDocument, PersonName, PersonPhoto
from app.people.rules.identity import CAMBODIAN

OFFENCE_FIELD = re.compile(r"offences-\d{1,4}-offence")
PHOTO_OF_CASE = "other"  # the file type of a photo that the record of a person cannot hold
SECTIONS = ("times", "offences", "people", "exhibits", "files")
# A rule about all rows of a kind shows its problem at the head of their section.
SECTION_BY_RELATION = {
    "offences": "offences",
    "involvements": "people",
    "exhibits": "exhibits",
    "files": "files",
}


class EntryProblem(NamedTuple):
    """A message that stops the save: the id of its field, and the name of its row."""

    field: str
    message: object
    row: str = ""

    @property
    def is_warning(self):
        """Return whether the save needs a reason, and no correction."""
        return getattr(self.message, "severity", "") == "warning"


class Entry:
    """The fields that one user has typed for one case.

    Without `compares` the rules say nothing of registered people and cases: a post officer asks no question about them.
    """

    needed_rows = ("offences",)
    usual_nationality = CAMBODIAN
    photo_limit, file_limit = store.MEGABYTES

    def __init__(self, formdata=None, user_id=None, token="", compares=True):
        self.formdata, self.user_id, self.token, self.compares = formdata, user_id, token, compares
        self.case_form = CaseForm(formdata, prefix="case-", meta={"csrf": False})
        # Load the offences with one statement; each row looks its own up in the session.
        self._loaded_offences = queries.load_offences(_find_offence_codes(formdata)) if formdata else ()
        self.rows = {
            name: read_rows(name, formdata, name in self.needed_rows) if formdata else [] for name in ROWS
        }
        self.section_problems = {name: [] for name in SECTIONS}
        self.overrides = []
        self.refused_files = []  # the section of each upload that is not stored any more, of another user, or no photo
        self.forms_by_record = {}  # id(record) → the form that shows it
        self.unchosen_people = set()  # id(person) of the rows whose choice of a registered person is refused
        if formdata:
            self._find_uploads()

    def make_pattern_row(self, name):
        """Return an empty row that the page copies for new rows."""
        return make_row(name, "__i__")

    def prefill(self, previous=None):
        """Fill a new page: the usual values, one row of each kind that every case has, day and place of the `previous` case."""
        form = self.case_form
        form.reported_at.data = dates.now().replace(second=0, microsecond=0)
        form.sensitivity.data = "normal"
        if previous is not None:
            form.occurred_from.raw_data = [f"{previous.occurred_from:%d/%m/%Y} "]
            form.place.data = previous.place
            for field in (form.occurred_from, form.place):
                field.description = gettext("From the previous case. Check it.")
                field.render_kw = {"data-previous": True}
        self.rows["offences"], self.rows["people"] = [make_row("offences", "0")], [make_row("people", "0")]

    def _find_uploads(self):
        """Attach the uploaded files; the form has a signed token for each stored file."""
        for row in [*self.rows["people"], *self.rows["files"]]:
            name = "people" if row in self.rows["people"] else "files"
            for token in self.formdata.getlist(f"{name}-{row.index}-uploads")[:MAX_ROWS]:
                upload = store.verify_token(token, self.user_id)
                is_usable = upload is not None and not (upload.is_attachment and name == "people")
                if is_usable and store.is_stored(upload):
                    row.uploads.append((token, upload))
                else:
                    self.refused_files.append(name)

    @property
    def own_forms(self):
        """Return the forms of the case itself."""
        return [self.case_form]

    @property
    def forms(self):
        """Return all forms of the page in order."""
        return [
            *self.own_forms,
            *(form for rows in self.rows.values() for row in rows for form in row.forms.values()),
        ]

    @property
    def problems(self):
        """Return what stops the save, in page order, each with its field and the name of its row."""
        found = [
            EntryProblem(f"section-{name}", message)
            for name in SECTIONS
            for message in self.section_problems[name]
            if message.blocks_save
        ]
        row_names = self._name_rows()
        for form in self.forms:
            row = row_names.get(id(form), "")
            first = next(iter(form)).id
            found += [EntryProblem(first, message, row) for message in form.form_errors]
            for field in form:
                # A field's own message ("enter a value") does not name the field; a rule's message does.
                texts = [
                    message if getattr(message, "rule", "") else f"«{field.label.text}» {message}"
                    for message in field.errors
                ]
                texts += [message for message in field.warnings if message.blocks_save]
                found += [EntryProblem(field.id, text, row) for text in texts]
        return found

    def _name_rows(self):
        """Return id(form) → the name of the row, such as «Person 2 (Sok Dara)»."""
        kinds = {
            "offences": gettext("Offence"), "people": gettext("Person"), "exhibits": gettext("Exhibit"),
            "files": gettext("File"),
        }  # fmt: skip
        return {
            id(form): row.format_name(kinds[name], number)
            for name, rows in self.rows.items()
            for number, row in enumerate(rows, 1)
            for form in row.forms.values()
        }

    def count_problems(self, section):
        """Return the number of problems in a section, for the navigation at the side."""
        prefix = "case-" if section == "times" else f"{section}-"
        return sum(
            1 for one in self.problems if one.field.startswith(prefix) or one.field == f"section-{section}"
        )

    # From fields to records

    def validate(self):
        """Return whether every field is readable; identity fields of a registered person are skipped."""
        valid = True
        for form in self._validated_forms():
            valid = form.validate() and valid
        for row in self._typed_rows("people"):
            if row["known-"].known.data is None:
                valid = row["document-"].is_complete() and valid
        for row in self._typed_rows("files"):
            if not row.uploads and "files" not in self.refused_files:
                # At the field before the file, so that the page does not show it before the clerk comes to the file.
                text = gettext("Choose a file, or remove this row.")
                valid = row[""].show_problems([Problem("note", text)], self.formdata) and valid
        for name, rows in self.rows.items():
            if len(rows) > MAX_ROWS:
                text = gettext(
                    "A case can have at most %(most)s rows of each type. Enter the others in a supplement.",
                    most=MAX_ROWS,
                )
                self.section_problems[name].append(FieldMessage.from_problem(Problem("", text)))
                valid = False
        for name in dict.fromkeys(self.refused_files):
            text = gettext(
                "A file in this section is not stored any more, or cannot be used here. Choose another file."
            )
            self.section_problems[name].append(FieldMessage.from_problem(Problem("", text)))
            valid = False
        return valid

    def _validated_forms(self):
        """Yield the forms to validate: without the identity forms of registered people."""
        yield from self.own_forms
        for name in self.rows:
            for row in self._typed_rows(name):
                known = name == "people" and row["known-"].known.data is not None
                yield from (
                    form
                    for part, form in row.forms.items()
                    if not (known and part in ("person-", "document-", "alias-"))
                )

    def _typed_rows(self, name):
        """Return the rows of a kind, without those that the clerk left empty."""
        return [row for row in self.rows[name] if not row.is_untouched]

    def build(self):
        """Return the case with its rows, outside the session."""
        case = self._fill(Case(status="open", sensitivity="normal"), self.case_form)
        self._build_rows(case)
        return case

    def _build_rows(self, case):
        for row in self._typed_rows("offences"):
            row.record = self._fill(CaseOffence(), row[""])
            case.offences.append(row.record)
        for row in self._typed_rows("people"):
            row.record = self._build_involvement(row)
            case.involvements.append(row.record)
            if row.is_card:  # the record of the person belongs to other units
                case.files += [
                    CaseFile(kind=PHOTO_OF_CASE, **upload.columns) for _token, upload in row.uploads
                ]
        for row in self._typed_rows("exhibits"):
            row.record = self._fill(Exhibit(), row[""])
            case.exhibits.append(row.record)
        for row in self._typed_rows("files"):
            for _token, upload in row.uploads:
                case.files.append(self._fill(CaseFile(**upload.columns), row[""]))

    def _fill(self, record, form):
        form.populate(record, self.formdata)
        self.forms_by_record[id(record)] = form
        return record

    def _build_involvement(self, row):
        involvement = self._fill(Involvement(), row[""])
        person = row["known-"].known.data
        if person is None:
            person = self._build_person(row, involvement)
            if row["known-"].known.errors:
                self.unchosen_people.add(id(person))
        # Also for a registered person: a patrol needs the current appearance.
        for _token, upload in row.uploads if not row.is_card else ():
            person.photos.append(PersonPhoto(**upload.columns))
        involvement.person = person
        return involvement

    def _build_person(self, row, involvement):
        person = self._fill(Person(), row["person-"])
        # The page presets this value, which is not known of an unidentified person.
        if person.unidentified and person.nationality == CAMBODIAN:
            person.nationality = None
        person.occupation, person.education, person.marital = (
            involvement.work,
            involvement.schooling,
            involvement.family,
        )
        if row["document-"].number.data:
            person.documents.append(self._fill(PersonDocument(), row["document-"]))
        if row["alias-"].text_km.data or row["alias-"].text_latin.data:
            person.names.append(self._fill(PersonName(kind="alias"), row["alias-"]))
        return person

    # Rules and save

    def check_rules(self, case, unit):
        """Check all rules and show each problem at its field. Return whether the case may be saved."""
        valid = self.case_form.show_problems((), self.formdata)
        for problem, reason in self.case_form.overrides:
            self._record_override(problem, reason, case)
        facts = queries.load_facts(case, unit, self.token, self.compares)
        for problem in check_rules(rules.CASE, case, facts):
            valid = self._show_problem(problem, case) and valid
        return valid

    def restore_overrides(self, unit):
        """Show only the overridden warnings of a reopened draft, with their reasons.

        Without their fields the next save of the draft would lose the reasons.
        """
        if not any(name.endswith("__reason") for name in self.formdata):
            return
        self.validate()
        self.check_rules(self.build(), unit)
        for name, messages in self.section_problems.items():
            self.section_problems[name] = [message for message in messages if message.reason]
        for form in self.forms:
            form.form_errors = []
            for field in form:
                field.errors, field.warnings = [], [one for one in field.warnings if one.reason]

    def show_problems(self, problems, case):
        """Show the problems that the session raised at flush."""
        for problem in problems:
            self._show_problem(problem, case)

    def _show_problem(self, problem, case):
        if id(problem.row) in self.unchosen_people:
            return False  # the message at the choice says what to do
        section = SECTION_BY_RELATION.get(problem.field) if problem.row is None else None
        if section:
            return self._show_section_problem(section, problem)
        form = self.forms_by_record.get(id(problem.row if problem.row is not None else case), self.case_form)
        count_before = len(form.overrides)
        valid = form.show_problems([problem], self.formdata)
        if len(form.overrides) > count_before:
            self._record_override(problem, form.overrides[-1][1], case)
        return valid

    def _show_section_problem(self, section, problem):
        message = FieldMessage.from_problem(
            problem, reason=find_override_reason(self.formdata, f"section-{section}", problem.rule)
        )
        self.section_problems[section].append(message)
        if message.reason:
            self._record_override(problem, message.reason, case=None)
        return not message.blocks_save

    def _record_override(self, problem, reason, case):
        """Record the reason with its rule, and in the record's own column for such reasons if it has one."""
        self.overrides.append((problem, reason))
        record = problem.row if problem.row is not None else case
        for name, meta in fields_of(type(record)).items() if record is not None else ():
            if meta.codes == problem.reasons:
                setattr(record, name, reason)
        if problem.rule == "V005" and case is not None:
            case.late = True

    def save(self, case, token):
        """Register the case, and return the message of success. Flush the session without a commit."""
        registration.register_case(case, token, self.overrides)
        return gettext("Saved. The case number is %(number)s.", number=case.number)


def _find_offence_codes(formdata):
    """Return the selected offence codes that are printable text, at most one for each row."""
    codes = (key for name in formdata if OFFENCE_FIELD.fullmatch(name) for key in formdata.getlist(name)[:1])
    return sorted({key for key in codes if key.isprintable()})[:MAX_ROWS]
