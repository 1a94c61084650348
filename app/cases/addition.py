"""New rows of a registered case: offences, people, exhibits and files that are learnt later.

Each row is registered now and has its own 48 hours. The case and its other rows do not change.
"""

from dataclasses import replace

from flask_babel import gettext
from sqlalchemy import delete

from app.cases import aggregate, queries, rules
from app.cases.drafts import Draft
from app.cases.entry import SECTION_BY_RELATION, SECTIONS, Entry
from app.cases.entry_forms import make_row
from app.cases.models import Case
from app.extensions import db
from app.kernel.concurrency import idempotency
from app.kernel.forms.record_form import FieldMessage
from app.kernel.schema.rules import ERROR, Problem, check_rules
from app.kernel.text import dates
from app.kernel.validation import warning_overrides

ROW_SECTIONS = SECTIONS[1:]


class Addition(Entry):
    """The fields that one clerk has typed for new rows of one registered case."""

    own_forms = ()

    def __init__(self, case_id, formdata=None, user_id=None, token=""):
        super().__init__(formdata, user_id, token)
        self.case_id = case_id
        self._known_problems = frozenset()

    def add_empty_row(self, name):
        """Add an empty row of this kind, if there is such a kind."""
        if name in self.rows:
            self.rows[name].append(make_row(name, "0"))

    def validate(self):
        """Return whether there is a row and every field is readable."""
        valid = super().validate()
        if not any(self.rows.values()):
            text = gettext("Nothing to add yet. Add an offence, a person, an exhibit or a file.")
            self.section_problems[ROW_SECTIONS[0]].append(FieldMessage.from_problem(Problem("", text)))
            return False
        return valid

    def build(self):
        """Return the registered case with the new rows. They are pending in the session."""
        ((case, facts),) = aggregate.load_cases_with_facts(Case.id == self.case_id)
        self._known_problems = {_key(one) for one in check_rules(rules.CASE, case, facts)}
        self._build_rows(case)
        return case

    def check_rules(self, case, unit):
        """Check all rules and show the problems that the new rows have or cause."""
        facts = replace(queries.load_facts(case, unit, self.token), now=dates.now())
        shown = [
            self._show_problem(problem, case)
            for problem in check_rules(rules.CASE, case, facts)
            if self._is_caused(problem)
        ]
        return all(shown)

    def _is_caused(self, problem):
        """Return True for a problem of a new row or section, and for an error that the rows cause elsewhere.

        The warnings of the case and of its other rows were shown when they were entered.
        """
        if id(problem.row) in self.forms_by_record:
            return True
        of_section = problem.row is None and problem.field in SECTION_BY_RELATION
        return (of_section or problem.severity == ERROR) and _key(problem) not in self._known_problems

    def _show_problem(self, problem, case):
        of_section = problem.row is None and problem.field in SECTION_BY_RELATION
        if of_section or id(problem.row) in self.forms_by_record:
            return super()._show_problem(problem, case)
        first = next(name for name, rows in self.rows.items() if rows)
        where = problem.row if problem.row is not None else case
        return self._show_section_problem(first, Problem("", f"{where}: {problem.text}", problem.rule))

    def save(self, case, token):
        """Register the rows. Flush the session without a commit."""
        db.session.flush()
        warning_overrides.save_overrides(self.overrides, case)
        idempotency.store_key(token, case, self.formdata)
        db.session.execute(delete(Draft.__table__).where(Draft.token == token))
        return case


def _key(problem):
    return problem.rule, problem.field, id(problem.row)
