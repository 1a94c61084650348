"""Rules of assignments, investigation acts and charges: V114, V115 and V120 to V124.

The rules from procedure law warn: an unlawful act is recorded as it was.
"""

from dataclasses import dataclass
from datetime import datetime, time

from app.cases.rules.people import HARMED_ROLES, SUSPECT_ROLES
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import INFO, WARNING, Problem, not_in_the_future
from app.kernel.validation.withdrawal import IS_VOID

LEAD, SUPPORT = "lead", "support"
INTERVIEWS = ("interview", "confrontation")
SEARCHES = ("search", "body_search")
EXPERT_REQUEST = "expert_request"
REQUESTS = (EXPERT_REQUEST, "request")
ABOUT_PEOPLE = (*INTERVIEWS, "identification", "lineup", "body_search")
SIGNED = ("every_page", "refusal_noted")
NOT_REACHED = "not_reached"
DAY_BEGINS, DAY_ENDS = time(6), time(18)

IS_ASSIGNED = _("This officer is assigned to the case already.")
WAITING, RETURNED, APPROVED = "waiting", "returned", "approved"
ACCEPTED, CHANGED = "accepted", "changed"
CHARGING = (ACCEPTED, CHANGED)
NOT_CHIEF = _("Only the chief of the unit in charge, or a chief above, assigns the officers of a case.")


@dataclass(frozen=True)
class AssignmentFacts:
    """Facts about an assignment: the officer in charge now, and what officer and author may do."""

    now: datetime | None = None
    lead: str = ""
    officer_sees_case: bool = True
    is_assigned: bool = False
    author_is_chief: bool = True
    has_ended: bool = False


def chief_assigns(assignment, facts):
    if not facts.author_is_chief:
        yield Problem("", NOT_CHIEF, "V114")


def officer_sees_the_case(assignment, facts):
    officer = assignment.officer
    if assignment.id is not None or officer is None:
        return
    if not (officer.active and officer.unit and facts.officer_sees_case):
        text = _("This officer cannot see this case. Share the case first, or choose another officer.")
        yield Problem("officer", text, "V114")


def case_has_one_lead(assignment, facts):
    if assignment.id is not None:
        return
    if facts.is_assigned:
        yield Problem("officer", IS_ASSIGNED, "V115")
    elif assignment.kind == LEAD and facts.lead:
        text = _(
            "%(officer)s is in charge of this case. Check, and end that assignment before you assign another officer.",
            officer=facts.lead,
        )
        yield Problem("officer", text, "V115")


def deadline_is_in_the_future(assignment, facts):
    if assignment.id is None and assignment.due_on and facts.now and assignment.due_on < facts.now.date():
        yield Problem("due_on", _("The deadline is in the past."))


def end_stays(assignment, facts):
    if facts.has_ended and assignment.until is None:
        yield Problem("until", _("This assignment has ended. Assign the officer again."), "V115")


def end_has_a_reason(assignment, facts):
    if assignment.until is not None and not assignment.closing_reason:
        yield Problem("closing_reason", _("Enter the reason for the end of the assignment."))
    begun = assignment.recorded_at
    if assignment.until is not None and begun is not None and assignment.until < begun.date():
        yield Problem("until", _("The assignment ends before it begins."))


ASSIGNMENT = (
    chief_assigns,
    officer_sees_the_case,
    case_has_one_lead,
    deadline_is_in_the_future,
    end_stays,
    end_has_a_reason,
    not_in_the_future("until"),
)


def act_ends_after_it_begins(act, facts):
    if act.begun_at and act.ended_at and act.ended_at < act.begun_at:
        yield Problem("ended_at", _("The act ends before it begins."))


def people_are_of_the_case(act, facts):
    for name in ("involvement", "other_involvement"):
        row = getattr(act, name)
        if row is not None and act.case is not None and row.case is not act.case:
            yield Problem(name, _("This person is in another case. Choose a person of this case."))
    if act.involvement is not None and act.involvement is act.other_involvement:
        yield Problem("other_involvement", _("Choose another person."))


def act_names_its_people(act, facts):
    if act.kind in ABOUT_PEOPLE and act.involvement is None and act.involvement_id is None:
        yield Problem("involvement", _("Choose the person of this act."))
    if act.kind == "confrontation" and act.other_involvement is None and act.other_involvement_id is None:
        yield Problem("other_involvement", _("A confrontation has two people. Choose the other person."))


def second_officer_is_another_one(act, facts):
    if act.officer is not None and act.officer is act.second_officer:
        yield Problem("second_officer", _("Choose another officer."))


def act_has_a_result(act, facts):
    if not act.result:
        yield Problem("result", _("Enter the result of the act, or the content of the request."))


def request_has_a_deadline(act, facts):
    if act.kind in REQUESTS:
        if act.due_at is None:
            yield Problem("due_at", _("Enter when the answer is due."))
        elif act.begun_at and act.due_at <= act.begun_at:
            yield Problem("due_at", _("The answer is due before the request."))
    elif act.due_at is not None:
        yield Problem("due_at", _("Only a request has an answer that is due."))


def answer_follows_its_request(act, facts):
    request = act.answers
    if request is None or act.id is not None:
        return
    if request.case is not act.case or request.kind not in REQUESTS or request.is_void:
        yield Problem("answers", _("Choose a request of this case."))
    elif request.answered_at is not None:
        yield Problem("answers", _("This request is answered already."))
    elif act.begun_at and request.begun_at and act.begun_at < request.begun_at:
        yield Problem("begun_at", _("The answer is before the request."))


def search_is_by_day(act, facts):
    if act.kind != "search" or act.begun_at is None or act.hour_ground:
        return
    ended = act.ended_at or act.begun_at
    is_by_day = (
        act.begun_at.time() >= DAY_BEGINS and ended.time() <= DAY_ENDS and ended.date() == act.begun_at.date()
    )
    if not is_by_day:
        text = _("This search is outside 06:00–18:00. Choose a ground of article 91.")
        yield Problem("hour_ground", text, "V120", WARNING)


def search_is_authorised(act, facts):
    if act.kind != "search":
        return
    text = _(
        "The authorisation of the prosecutor or the two witnesses are missing. Enter them, or give a reason."
    )
    if not (act.authorised_by and act.authorised_at):
        yield Problem("authorised_by", text, "V121", WARNING)
    elif act.begun_at and act.authorised_at > act.begun_at:
        late = _("The prosecutor authorised this search after it began.")
        yield Problem("authorised_at", late, "V121", WARNING)
    has_witnesses = act.first_witness and act.second_witness and not act.police_witness
    if not (act.owner_present or has_witnesses):
        yield Problem("first_witness", text, "V121", WARNING)


def record_is_signed(act, facts):
    if act.kind not in INTERVIEWS:
        return
    if act.signatures not in SIGNED:
        text = _(
            "The signature or fingerprint on each page is not confirmed. Confirm it, or record the refusal."
        )
        yield Problem("signatures", text, "V122", WARNING)
    if act.interpreter and act.police_interpreter:
        text = _("The interpreter is of the police or gendarmerie. Choose another one, or give a reason.")
        yield Problem("interpreter", text, "V122", WARNING)


def minor_is_supported(act, facts):
    heard = [one for one in (act.involvement, act.other_involvement) if one is not None and one.minor]
    if act.kind in INTERVIEWS and heard and not act.support_person:
        text = _("The person who is heard is a minor. Enter the legal representative or the social agent.")
        yield Problem("support_person", text, "V123", INFO)


ACT = (
    act_ends_after_it_begins,
    people_are_of_the_case,
    act_names_its_people,
    second_officer_is_another_one,
    act_has_a_result,
    request_has_a_deadline,
    answer_follows_its_request,
    search_is_by_day,
    search_is_authorised,
    record_is_signed,
    minor_is_supported,
    not_in_the_future("begun_at", "ended_at", "authorised_at"),
)


def exhibit_is_of_the_act(row, facts):
    if row.id is not None or row.act is None or row.exhibit is None:
        return
    if row.exhibit.case is not row.act.case:
        yield Problem("exhibit", _("This exhibit is in another case. Choose an exhibit of this case."))


ACT_EXHIBIT = (exhibit_is_of_the_act,)


def notice_is_to_a_victim_of_the_case(notice, facts):
    step, victim = notice.disposition, notice.involvement
    if notice.id is not None or step is None or victim is None:
        return
    if step.is_void:
        yield Problem("disposition", IS_VOID)
    if victim.case is not step.case:
        yield Problem("involvement", _("This person is in another case. Choose a person of this case."))
    elif victim.role not in HARMED_ROLES:
        yield Problem("involvement", _("Choose a victim, complainant or civil party of the case."))


def notice_follows_the_step(notice, facts):
    step = notice.disposition
    if step is not None and notice.informed_on and notice.informed_on < step.decided_on:
        yield Problem("informed_on", _("This day is before the step of procedure."))


def missed_notice_has_a_note(notice, facts):
    if notice.means == NOT_REACHED and not notice.note:
        yield Problem("note", _("Enter why the person was not reached, and what was tried."))


OUTCOME_NOTICE = (
    notice_is_to_a_victim_of_the_case,
    notice_follows_the_step,
    missed_notice_has_a_note,
    not_in_the_future("informed_on"),
)


def charge_is_of_the_case(charge, facts):
    for name in ("involvement", "case_offence"):
        row = getattr(charge, name)
        if row is not None and charge.case is not None and row.case is not charge.case:
            yield Problem(name, _("Choose a person and an offence of this case."))
    row = charge.involvement
    if row is not None and charge.id is None and row.role not in SUSPECT_ROLES:
        yield Problem("involvement", _("Only a suspect is charged. Choose a suspect of the case."))


def charge_follows_the_offence(charge, facts):
    case = charge.case
    if charge.asked_on and case is not None and charge.asked_on < case.occurred_from.date():
        yield Problem("asked_on", _("The charge was asked for before the offence."), "V124")


def decision_has_a_document(charge, facts):
    if charge.decision is None:
        return
    for name in ("prosecutor", "document_no", "document_date"):
        if not getattr(charge, name):
            text = _(
                "This decision needs the name of the prosecutor, and the number and date of the document."
            )
            yield Problem(name, text, "V124")
    if charge.decision != ACCEPTED and not charge.reason:
        yield Problem(
            "reason", _("Enter why the prosecutor did not accept the charge as it was asked for."), "V124"
        )
    if charge.document_date and charge.asked_on and charge.document_date < charge.asked_on:
        yield Problem("document_date", _("The decision is before the charge was asked for."), "V124")


def changed_charge_names_the_offence(charge, facts):
    names_offence = charge.changed_to is not None or charge.changed_to_code is not None
    if (charge.decision == CHANGED) != names_offence:
        text = _("Choose the offence as changed, only if the prosecutor changed the charge.")
        yield Problem("changed_to", text, "V124")


CHARGE = (
    charge_is_of_the_case,
    charge_follows_the_offence,
    decision_has_a_document,
    changed_charge_names_the_offence,
    not_in_the_future("asked_on", "document_date"),
)
