"""An offence entered on one page: the boxes read, the case built, the rules asked, the whole saved at once."""

import re
from datetime import timedelta

from flask_babel import gettext

from app.cases import queries, registration, rules
from app.cases.entry_forms import MOST_ROWS, ROWS, CaseForm, make_row, read_rows
from app.cases.models import Case, CaseFile, CaseOffence, Exhibit, Involvement
from app.kernel.files import store
from app.kernel.forms.record_form import Said, reason_given
from app.kernel.schema.fields import declared
from app.kernel.schema.rules import Problem, ask
from app.kernel.text import dates
from app.people.models import Person, PersonDocument, PersonName, PersonPhoto

OFFENCE_BOX = re.compile(r"offences-\d{1,4}-offence")
SECTIONS = ("times", "offences", "people", "exhibits", "files")
# A rule that speaks of all rows of a kind speaks at the head of their section.
SECTION_OF = {"offences": "offences", "involvements": "people", "exhibits": "exhibits", "files": "files"}


class Entry:
    """What one clerk has typed of one case."""

    def __init__(self, formdata=None, user_id=None):
        self.formdata, self.user_id = formdata, user_id
        self.case_form = CaseForm(formdata, prefix="case-", meta={"csrf": False})
        # Each row looks its offence up; read at once, they are there.
        self.offences = queries.offences_of(_offences_in(formdata)) if formdata else ()
        self.rows = {name: read_rows(name, formdata) if formdata else [] for name in ROWS}
        self.section_problems = {name: [] for name in SECTIONS}
        self.passed = []
        self.swept = []  # the section of each file that was held too long
        self.owners = {}  # id of a record → the form that shows it
        if formdata:
            self._find_held_files()

    def pattern(self, name):
        """An empty row, for the page to copy."""
        return make_row(name, "__i__")

    def begin(self):
        """The first state of the page: now is when it was reported, one row of each kind that every case has."""
        self.case_form.reported_at.data = dates.now().replace(second=0, microsecond=0)
        self.case_form.status.data, self.case_form.sensitivity.data = "open", "normal"
        self.rows["offences"], self.rows["people"] = [make_row("offences", "0")], [make_row("people", "0")]

    def _find_held_files(self):
        """Files lie in the store since they were chosen; the form carries a signed word for each."""
        for row in [*self.rows["people"], *self.rows["files"]]:
            name = "people" if row in self.rows["people"] else "files"
            for token in self.formdata.getlist(f"{name}-{row.index}-held")[:MOST_ROWS]:
                held = store.unsign(token, self.user_id)
                if held is not None and store.is_kept(held):
                    row.held.append((token, held))
                elif held is not None:
                    self.swept.append(name)

    @property
    def forms(self):
        return [
            self.case_form,
            *(form for rows in self.rows.values() for row in rows for form in row.forms.values()),
        ]

    @property
    def mistakes(self):
        """(id of the box, sentence) of everything that stops the save, in the order of the page."""
        found = [
            (f"section-{name}", said)
            for name in SECTIONS
            for said in self.section_problems[name]
            if said.stops
        ]
        for form in self.forms:
            first = next(iter(form)).id
            found += [(first, said) for said in form.form_errors]
            for box in form:
                # A sentence of the box itself ("fill in…") does not say which box; a rule does.
                found += [
                    (box.id, said if getattr(said, "rule", "") else f"«{box.label.text}» {said}")
                    for said in box.errors
                ]
                found += [(box.id, said) for said in box.warnings if said.stops]
        return found

    def count(self, section):
        """How many of the mistakes lie in a section, for the list at the side."""
        prefix = "case-" if section == "times" else f"{section}-"
        return sum(1 for box, _said in self.mistakes if box.startswith(prefix) or box == f"section-{section}")

    # From boxes to records

    def validate(self):
        """Whether every box can be read; a row that names a registered person is not asked who he is."""
        clear = True
        for form in self._asked_forms():
            clear = form.validate() and clear
        for row in self.rows["people"]:
            if row["known-"].known.data is None:
                clear = row["document-"].is_whole() and clear
        for name, rows in self.rows.items():
            if len(rows) > MOST_ROWS:
                text = gettext(
                    "A case holds at most %(most)s rows of a kind. Enter the others in a supplement.",
                    most=MOST_ROWS,
                )
                self.section_problems[name].append(Said.of(Problem("", text)))
                clear = False
        for name in dict.fromkeys(self.swept):
            text = gettext(
                "A file of this part was chosen more than a week ago and is gone. Choose it again."
            )
            self.section_problems[name].append(Said.of(Problem("", text)))
            clear = False
        return clear

    def _asked_forms(self):
        yield self.case_form
        for name, rows in self.rows.items():
            for row in rows:
                known = name == "people" and row["known-"].known.data is not None
                yield from (
                    form
                    for part, form in row.forms.items()
                    if not (known and part in ("person-", "document-", "alias-"))
                )

    def build(self):
        """The case with its rows, outside the session."""
        case = self._filled(Case(status="open", sensitivity="normal"), self.case_form)
        for row in self.rows["offences"]:
            row.record = self._filled(CaseOffence(), row[""])
            case.offences.append(row.record)
        for row in self.rows["people"]:
            row.record = self._involvement(row)
            case.involvements.append(row.record)
        for row in self.rows["exhibits"]:
            row.record = self._filled(Exhibit(), row[""])
            case.exhibits.append(row.record)
        for row in self.rows["files"]:
            for _token, held in row.held:
                case.files.append(self._filled(CaseFile(**held.columns), row[""]))
        return case

    def _filled(self, record, form):
        form.fill(record, self.formdata)
        self.owners[id(record)] = form
        return record

    def _involvement(self, row):
        involvement = self._filled(Involvement(), row[""])
        person = row["known-"].known.data
        if person is None:
            person = self._new_person(row, involvement)
        # Of somebody who is known already too: how he looks today is what a patrol needs.
        for _token, held in row.held:
            person.photos.append(PersonPhoto(**held.columns))
        involvement.person = person
        return involvement

    def _new_person(self, row, involvement):
        person = self._filled(Person(), row["person-"])
        person.occupation, person.education, person.marital = (
            involvement.work,
            involvement.schooling,
            involvement.family,
        )
        if row["document-"].number.data:
            person.documents.append(self._filled(PersonDocument(), row["document-"]))
        if row["alias-"].text_km.data or row["alias-"].text_latin.data:
            person.names.append(self._filled(PersonName(kind="alias"), row["alias-"]))
        return person

    # Rules and the save

    def judge(self, case, unit):
        """Ask every rule and put each answer beside its box. True where the case may be saved."""
        clear = True
        for problem in ask(rules.CASE, case, queries.facts(case, unit)):
            clear = self._tell(problem, case) and clear
        return clear

    def recall(self, unit):
        """Draw again, on a draft that is opened anew, the warnings that were passed with a reason, and nothing else.

        Without their boxes the next save of the draft would forget the reasons.
        """
        if not any(name.endswith("__reason") for name in self.formdata):
            return
        self.validate()
        self.judge(self.build(), unit)
        for name, said in self.section_problems.items():
            self.section_problems[name] = [one for one in said if one.reason]
        for form in self.forms:
            form.form_errors = []
            for box in form:
                box.errors, box.warnings = [], [one for one in box.warnings if one.reason]

    def hear(self, problems, case):
        """Put what the session refused below the rules beside its box."""
        for problem in problems:
            self._tell(problem, case)

    def _tell(self, problem, case):
        section = SECTION_OF.get(problem.field) if problem.row is None else None
        if section:
            return self._tell_section(section, problem)
        form = self.owners.get(id(problem.row if problem.row is not None else case), self.case_form)
        passed_before = len(form.passed)
        clear = form.hear([problem], self.formdata)
        if len(form.passed) > passed_before:
            self._pass(problem, form.passed[-1][1], case)
        return clear

    def _tell_section(self, section, problem):
        said = Said.of(problem, given=reason_given(self.formdata, f"section-{section}", problem.rule))
        self.section_problems[section].append(said)
        if said.reason:
            self._pass(problem, said.reason, case=None)
        return not said.stops

    def _pass(self, problem, reason, case):
        """A reason is kept with the rule, and in the record's own column where it has one for such reasons."""
        self.passed.append((problem, reason))
        record = problem.row if problem.row is not None else case
        for name, meaning in declared(type(record)).items() if record is not None else ():
            if meaning.codes == problem.reasons:
                setattr(record, name, reason)
        if problem.rule == "V005" and case is not None:
            case.late = True

    def save(self, case, token):
        """Register the case. The session is flushed, not committed."""
        return registration.register(case, token, self.passed)


def _offences_in(formdata):
    """The keys of the offences that were chosen, as far as they can be any."""
    boxes = (key for name in formdata if OFFENCE_BOX.fullmatch(name) for key in formdata.getlist(name)[:1])
    return sorted({key for key in boxes if key.isprintable()})[:MOST_ROWS]


def deadline(case_form):
    """(until when the case is in time, minutes left) once its times are known."""
    moments = [
        box.data
        for box in (case_form.occurred_to, case_form.occurred_from, case_form.reported_at)
        if box.data
    ]
    if not moments:
        return None
    until = max(moments) + timedelta(hours=48)
    return until, int((until - dates.now()).total_seconds() // 60)


def missing(case):
    """What a registered case still lacks, in sentences: not wrong, not yet complete."""
    if not case.files:
        yield gettext("A photo of the scene or a scanned paper")
    if not case.exhibits:
        yield gettext("Exhibits, if anything was seized")
    if case.place_code and len(case.place_code) < 8:
        yield gettext("The village where it happened")
    for involvement in case.involvements:
        if involvement.person is None:  # protected: who may not see him cannot add what he lacks
            continue
        if involvement.role in ("suspect", "charged", "accused") and not involvement.person.documents:
            yield gettext("An identity document of %(name)s", name=str(involvement.person))
        excused = involvement.photo_missing or involvement.person.photo_missing
        if involvement.role in ("suspect", "victim") and not (involvement.person.photos or excused):
            yield gettext("A photo of %(name)s", name=str(involvement.person))
