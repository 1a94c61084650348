"""Row filters of cases and involvements: by area, by offence family, and by shares."""

from functools import partial

from sqlalchemy import and_, exists, not_, or_
from sqlalchemy.orm import object_session
from sqlalchemy.sql import column, table

from app.cases.rules import MINOR
from app.kernel.access.area import LEVELS, exclude_blind, is_of_units, scope_condition
from app.kernel.actor import actor_of
from app.people.visibility import Visibility

# The plain table: a criterion on the class would get its own row filter again. It has an alias because in a
# query of offences the inner table would otherwise hide the outer one.
_offences = table("case_offence", column("case_id"), column("family")).alias("offence_of_case").c


def has_offence_of_families(case_id, families):
    """Return the criterion that a case has an offence of one of these families."""
    return exists().where(_offences.case_id == case_id, _offences.family.in_(families))


def _filter_by_case(cls, case_id, scope):
    if scope.is_unrestricted:
        return None
    within = None
    if not scope.is_nationwide:
        within = scope_condition(scope, cls, case_id, partial(has_offence_of_families, case_id))
    return exclude_blind(within, case_id, scope)


def filter_cases(cls, scope):
    """Return the row filter of cases; None for an unrestricted or nationwide scope."""
    return _filter_by_case(cls, cls.id, scope)


def is_hidden(cls):
    """Return the criterion for an involvement with a hidden name.

    It does not read the role, which users can edit. A minor suspect is protected but not hidden.
    """
    return and_(cls.protection.is_not(None), cls.protection != MINOR)


def filter_involvements(cls, scope):
    """Return the row filter of involvements: that of the case, limited by identity protection.

    A reader who can see the person in another case does not learn that they are protected in this one.
    """
    if scope.is_unrestricted:
        return None
    row = Visibility.__table__.c
    # The anonymous involvement of a person who is visible nowhere is shown: the case has a protected victim.
    shown = [
        not_(is_hidden(cls)),
        not_(exists().where(row.person_id == cls.person_id, row.hidden.is_(False))),
    ]
    if scope.entered_by is not None:
        # The author can take the row back, but does not learn that another officer protected the person.
        author, since = scope.entered_by
        is_own = and_(cls.recorded_by_id == author, cls.changed_by_id == author)
        shown.append(and_(is_own, cls.recorded_at >= since))
    if scope.revealed_ids:
        shown.append(cls.person_id.in_(sorted(scope.revealed_ids)))
    criterion = _filter_by_case(cls, cls.case_id, scope)
    if criterion is None:
        return or_(*shown)
    if scope.break_glass_ids:
        # break-glass access shows the person's cases, except protected involvements
        opened = and_(cls.person_id.in_(sorted(scope.break_glass_ids)), cls.protection.is_(None))
        criterion = or_(criterion, exclude_blind(opened, cls.case_id, scope))
    return and_(criterion, or_(*shown))


class CaseChild:
    """A row of a case: it has the location of the case and is visible with it."""

    __row_policy__ = "of_case"
    __parents__ = ("case",)
    __voided_with__ = ("case",)
    __computed_if_void__ = tuple(LEVELS.values())

    @classmethod
    def __row_filter__(cls, scope):
        return _filter_by_case(cls, cls.case_id, scope)

    def is_in_scope(self, _scope):
        """Return True for a loaded case: links to other cases were rejected. The law may hide a person from the author."""
        return self.case is not None

    def update_derived(self):
        if self.case is not None:
            self.set_area(self.case.place_code)


class ExhibitChild(CaseChild):
    """A row of an exhibit. The unit that entered it sees it too: it holds the exhibit of a case outside its scope."""

    __row_policy__ = "of_held_exhibit"
    __voided_with__ = ("case", "exhibit")

    @classmethod
    def __row_filter__(cls, scope):
        of_case = super().__row_filter__(scope)
        if of_case is None:
            return None
        return or_(of_case, exclude_blind(cls.is_of_holder(scope), cls.case_id, scope))

    @classmethod
    def is_of_holder(cls, scope):
        """Return the condition that a unit of the reader has, or had, the exhibit of the row."""
        return is_of_units(cls.unit_code, scope.units)

    @property
    def needs_writable_parent(self):
        """Return whether the author must be able to change the case: not if a unit of the author has the exhibit."""
        custody = self.exhibit.custody if self.exhibit is not None else None
        return custody is None or custody.unit_code not in actor_of(object_session(self)).scope.units

    def update_derived(self):
        if self.id is None and self.exhibit is not None:
            self.case = self.exhibit.case
        super().update_derived()
