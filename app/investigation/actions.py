"""What follows from an assignment and an investigation act, in the same transaction, and their checks below the forms."""
# unrestricted: the officer in charge and the request that is answered are of a case that the author sees

from flask_babel import lazy_gettext as _
from sqlalchemy import inspect, select

from app.accounts.admin_scope import get_role_names
from app.accounts.chain_of_command import CHIEF_ROLE, NATIONAL_ROLE, is_in_command_chain
from app.accounts.identity_traits import find_own_accounts
from app.accounts.models import User
from app.accounts.user_scope import build_user_scope
from app.cases import withdrawn_rows
from app.cases.models import Case
from app.inbox.actions import complete_tasks, send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import NOTICE
from app.investigation.models import ActExhibit, CaseAssignment, Charge, InvestigationAct, OutcomeNotice
from app.investigation.rules import LEAD, AssignmentFacts
from app.kernel.actor import UNRESTRICTED, actor_of, unrestricted
from app.kernel.database.pending import Pending
from app.kernel.schema.record import has_changed
from app.kernel.schema.record_lock import EXEMPTIONS, is_withdrawal
from app.kernel.schema.rules import ERROR, Facts, Problem, RuleViolation, check_rules
from app.kernel.text import dates

ACT_WITHDRAWN, CHARGE_WITHDRAWN = "case.act_withdrawn", "case.charge_withdrawn"
ASSIGNED = Pending(list)
ANSWERED = Pending(set)

DECIDED = _("The prosecutor has decided on this charge. Only a correction changes the decision.")
SAME_OFFICER = _(
    "Another officer enters the decision: the officer who asked for the charge does not, with any account."
)
DECISION_COLUMNS = (*Charge.__editable_after_lock__, "voided_at")

register_texts(
    **{
        "case.assigned": _("You are assigned to case %(number)s."),
        "case.unassigned": _("Your assignment to case %(number)s has ended."),
        "investigation.due_soon": _("The investigation of case %(number)s is due on %(until)s."),
        ACT_WITHDRAWN: _(
            "An officer withdrew an investigation act from case %(number)s. Check the reason on its page."
        ),
        CHARGE_WITHDRAWN: _(
            "An officer withdrew a charge from case %(number)s. Check the reason on its page."
        ),
        "act.overdue": _("The answer to a request in case %(number)s is overdue."),
    }
)


def name_officer(officer):
    """Return the name of an officer for a message."""
    return officer.name_km or officer.get_full_name()


def load_assignment_facts(session, assignment):
    """Return the facts about an assignment that the actor of the session makes or ends."""
    author = session.get(User, actor_of(session).user_id or 0)
    case, officer = assignment.case, assignment.officer
    is_chief = author is not None and case is not None and may_assign(author, case)
    if case is None or assignment.id is not None:
        has_ended = case is not None and any(inspect(assignment).attrs["until"].load_history().deleted)
        return AssignmentFacts(dates.now(), author_is_chief=is_chief or case is None, has_ended=has_ended)
    is_open = CaseAssignment.until.is_(None), CaseAssignment.voided_at.is_(None)
    with unrestricted(session), session.no_autoflush:
        found = session.scalars(select(CaseAssignment).where(CaseAssignment.case_id == case.id, *is_open))
        others = [one for one in found.unique() if one is not assignment]
        sees_case = officer is None or _sees_case(session, officer, case)
        lead = next((name_officer(one.officer) for one in others if one.kind == LEAD), "")
    is_assigned = officer is not None and any(one.officer_id == officer.id for one in others)
    return AssignmentFacts(dates.now(), lead, sees_case, is_assigned, is_chief)


def may_assign(user, case):
    """Return whether the user is the chief of the unit in charge of the case, or a chief above."""
    roles = get_role_names(user)
    return NATIONAL_ROLE in roles or (CHIEF_ROLE in roles and is_in_command_chain(user, case.unit_code))


def _sees_case(session, officer, case):
    scope = build_user_scope(officer)
    if scope is None:
        return False
    condition = Case.__row_filter__(scope)
    return (
        condition is None or session.scalar(select(Case.id).where(Case.id == case.id, condition)) is not None
    )


def check_assignments(session, _context, _instances):
    """Refuse an assignment that breaks a rule, from every entry point."""
    if actor_of(session).scope == UNRESTRICTED:
        return
    with session.no_autoflush:
        for one in (*session.new, *session.dirty):
            if isinstance(one, CaseAssignment) and (
                one in session.new or has_changed(one, ("until", "closing_reason"))
            ):
                problems = check_rules(one.__rules__, one, load_assignment_facts(session, one))
                if errors := [problem for problem in problems if problem.severity == ERROR]:
                    raise RuleViolation(errors)


def check_linked_rows(session, _context, _instances):
    """Refuse an exhibit of an act and a notice to a victim with rows of another case, from every entry point."""
    facts = Facts(dates.now())
    with session.no_autoflush:
        rows = [one for one in session.new if isinstance(one, (ActExhibit, OutcomeNotice))]
        if problems := [problem for one in rows for problem in check_rules(one.__rules__, one, facts)]:
            raise RuleViolation(problems)


def check_charges(session, _context, _instances):
    """Refuse a decision by the officer who asked for the charge, and a change after the decision.

    Only a correction changes a decided charge.
    """
    if EXEMPTIONS in session.info:
        return
    for one in (*session.new, *session.dirty):
        if isinstance(one, Charge) and has_changed(one, DECISION_COLUMNS):
            history = inspect(one).attrs["decision"].load_history()
            if any((*history.deleted, *history.unchanged)) and one not in session.new:
                raise RuleViolation([Problem("decision", DECIDED, "V124", row=one)])
            if one.decision is not None and _has_asked(session, one):
                raise RuleViolation([Problem("decision", SAME_OFFICER, "V124", row=one)])


def _has_asked(session, charge):
    """Return whether the actor asked for the charge, with this or another account."""
    user_id = actor_of(session).user_id
    if user_id is None:
        return False
    with session.no_autoflush:
        author = user_id if charge in session.new else charge.recorded_by_id
        return author is not None and bool(find_own_accounts(session.get(User, user_id), {author}))


def update_rows(session, _context, _instances):
    """Let a request follow its answer."""
    with session.no_autoflush:
        for act in [one for one in (*session.new, *session.dirty) if isinstance(one, InvestigationAct)]:
            if act.answers is not None:
                answered_at = None if act.is_void else act.begun_at
                if act.answers.answered_at != answered_at:
                    act.answers.answered_at = answered_at


def collect_changes(session, _context):
    """Collect new and ended assignments, answered requests and withdrawn rows. Nothing can be added during a flush."""
    for one in (*session.new, *session.dirty):
        if isinstance(one, CaseAssignment) and (one in session.new or has_changed(one, ("until",))):
            ASSIGNED.get(session).append(one)
        elif isinstance(one, InvestigationAct) and has_changed(one, ("answered_at", "voided_at")):
            ANSWERED.get(session).add(one.id)
            if is_withdrawal(session, one):  # also of an act that helps the suspect
                withdrawn_rows.WITHDRAWN.get(session).append((one.case, ACT_WITHDRAWN))
        elif isinstance(one, Charge) and is_withdrawal(session, one):
            withdrawn_rows.WITHDRAWN.get(session).append((one.case, CHARGE_WITHDRAWN))


def send_messages(session, _context):
    """Notify the officers of their assignments, and end the reminders of answered requests."""
    for one in ASSIGNED.take(session):
        with session.no_autoflush:
            if one.officer_id != actor_of(session).user_id:
                text_key = "case.assigned" if one.is_open else "case.unassigned"
                about = {"entity": Case.__tablename__, "entity_id": one.case_id, "number": one.case.number}
                send_message(session, NOTICE, text_key=text_key, to_user=one.officer_id, **about)
    for pk in ANSWERED.take(session):
        complete_tasks(session, InvestigationAct.__tablename__, pk)
