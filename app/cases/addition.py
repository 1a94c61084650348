"""New rows of a registered case: offences, people, exhibits and files that are learnt later.

Each row is registered now and has its own 48 hours. The case and its other rows do not change.
"""

from contextlib import ExitStack

from flask_babel import gettext
from sqlalchemy import delete

from app.cases import queries, rules
from app.cases.drafts import Draft
from app.cases.entry import SECTION_BY_RELATION, SECTIONS, Entry
from app.cases.entry_forms import make_row
from app.cases.models import Case
from app.extensions import db
from app.kernel.concurrency import idempotency
from app.kernel.forms.record_form import FieldMessage
from app.kernel.schema.rules import ERROR, Problem, check_rules
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
        (case,) = queries.load_cases(Case.id == self.case_id)
        self._build_rows(case)
        return case

    def check_rules(self, case, _unit):
        """Check all rules and show the problems that the new rows have or cause."""
        facts = queries.load_facts_of_rows(case, self.token)
        shown = [self._show_problem(problem, case) for problem in self._find_problems(case, facts)]
        return all(shown)

    def _find_problems(self, case, facts):
        """Return the problems of new rows and sections, and the errors that the rows cause elsewhere.

        The warnings of the case and of its other rows were shown when they were entered.
        """
        own, others = [], []
        for problem in check_rules(rules.CASE, case, facts):
            if id(problem.row) in self.forms_by_record:
                own.append(problem)
            elif problem.severity == ERROR or _is_of_section(problem):
                others.append(problem)
        if others:
            known = self._find_known_problems(case, facts)
            others = [problem for problem in others if _key(problem) not in known]
        return own + others

    def _find_known_problems(self, case, facts):
        """Return the keys of the problems that the case has without the new rows."""
        with ExitStack() as stack:
            for row in (row for rows in self.rows.values() for row in rows if row.record is not None):
                stack.enter_context(stored_values(row.record))
            return {_key(one) for one in check_rules(rules.CASE, case, facts)}

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
