"""New rows of a registered case: offences, people, exhibits and files that are learnt later.

Each row is registered now and has its own 48 hours. The case and its other rows do not change.
"""

from contextlib import ExitStack

from flask_babel import gettext
from sqlalchemy import delete
from sqlalchemy.orm.attributes import set_committed_value

from app.cases import queries, rules
from app.cases.drafts import Draft
from app.cases.entry import SECTION_BY_RELATION, SECTIONS, Entry
from app.cases.entry_forms import make_row
from app.cases.models import Case, Involvement
from app.extensions import db
from app.kernel.concurrency import idempotency
from app.kernel.forms.record_form import FieldMessage
from app.kernel.schema.record import Record
from app.kernel.schema.rules import ERROR, Problem, check_each, check_rules
from app.kernel.validation import warning_overrides
from app.kernel.validation.aggregates import stored_values

ROW_SECTIONS = SECTIONS[1:]


class Addition(Entry):
    """The fields that one clerk has typed for new rows of one registered case."""

    own_forms = needed_rows = ()

    def __init__(self, case_id, formdata=None, user_id=None, token=""):
        super().__init__(formdata, user_id, token)
        self.case_id = case_id

    def add_empty_row(self, name):
        """Add an empty row of this kind, if there is such a kind."""
        if name in self.rows:
            self.rows[name].append(make_row(name, "0"))

    def validate(self):
        """Return whether there is a row and every field is readable."""
        valid = super().validate()
        if not any(map(self._typed_rows, self.rows)):
            text = gettext("Nothing to add yet. Add an offence, a person, an exhibit or a file.")
            self.section_problems[ROW_SECTIONS[0]].append(FieldMessage.from_problem(Problem("", text)))
            return False
        return valid

    def build(self):
        """Return the registered case with the new rows. They are pending in the session."""
        read = {kind for new in self._new_kinds() for kind in rules.READ_WITH_NEW[new]}
        people = self._typed_rows("people")
        is_registered = any(row["known-"].known.data is not None for row in people)
        # A person who is not registered yet has no other row in the case: the rules compare the documents only.
        compares_documents = people and not is_registered and not self._typed_rows("offences")
        if compares_documents:
            read.discard("involvements")
        (case,) = queries.load_cases(Case.id == self.case_id, kinds=read)
        set_committed_value(case, "files", [])  # nothing reads the others, of which there may be hundreds
        if compares_documents:
            numbers = [row["document-"].number.data for row in people]
            set_committed_value(case, "involvements", queries.load_holders(case, numbers))
        self._build_rows(case)
        return case

    def _new_kinds(self):
        """Return the kinds of the new rows, by their relationship to the case."""
        return [kind for kind, section in SECTION_BY_RELATION.items() if self._typed_rows(section)]

    def check_rules(self, case, _unit):
        """Check the rules that the new rows can break, and show the problems that they have or cause."""
        facts = queries.load_facts_of_rows(case, self._list_records(Involvement), self.token)
        shown = [self._show_problem(problem, case) for problem in self._find_problems(case, facts)]
        return all(shown)

    def _list_records(self, model):
        """Return the new records of that class."""
        records = (row.record for rows in self.rows.values() for row in rows)
        return [record for record in records if isinstance(record, model)]

    def _find_problems(self, case, facts):
        """Return the problems of new rows and sections, and the errors that the rows cause elsewhere.

        The warnings of the case and of its other rows were shown when they were entered.
        """
        own, others = {}, []
        rows = self._list_records(Record)
        new = (problem for row in rows for problem in check_each([row], row.__rules__, facts))
        for problem in (*new, *self._check_case(case, facts)):
            if id(problem.row) in self.forms_by_record:
                own[_key(problem)] = problem
            elif problem.severity == ERROR or _is_of_section(problem):
                others.append(problem)
        if others:
            known = self._find_known_problems(case, facts)
            others = [problem for problem in others if _key(problem) not in known]
        return [*own.values(), *others]

    def _check_case(self, case, facts):
        """Return the problems of the case by the rules that rows of the new kinds can break."""
        broken = (rule for kind in self._new_kinds() for rule in rules.BROKEN_BY_NEW[kind])
        return check_rules(broken, case, facts)

    def _find_known_problems(self, case, facts):
        """Return the keys of the problems that the case has without the new rows."""
        with ExitStack() as stack:
            for record in self._list_records(Record):
                stack.enter_context(stored_values(record))
            return {_key(one) for one in self._check_case(case, facts)}

    def _show_problem(self, problem, case):
        if _is_of_section(problem) or id(problem.row) in self.forms_by_record:
            return super()._show_problem(problem, case)
        first = next(filter(self._typed_rows, self.rows))
        where = problem.row if problem.row is not None else case
        return self._show_section_problem(first, Problem("", f"{where}: {problem.text}", problem.rule))

    def save(self, case, token):
        """Register the rows, and return the message of success. Flush the session without a commit."""
        idempotency.store_key(token, case, self.formdata)
        warning_overrides.save_overrides(self.overrides, case)
        db.session.execute(delete(Draft.__table__).where(Draft.token == token))
        return gettext("Saved.")


def _is_of_section(problem):
    return problem.row is None and problem.field in SECTION_BY_RELATION


def _key(problem):
    return problem.rule, problem.field, id(problem.row)
