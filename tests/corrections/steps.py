"""Helpers: the steps of a correction through the pages."""

from sqlalchemy import select

from app.accounts.models import User
from app.corrections import actions, correctable_records
from app.corrections.models import VOID, Correction
from app.extensions import db
from app.inbox.models import Message
from tests.html_pages import Page

REASON = "តាមលិខិតបញ្ជាក់ពីមន្ទីរពេទ្យ ព័ត៌មានចាស់មិនត្រឹមត្រូវ។"
DECISION = "លិខិតមន្ទីរពេទ្យបញ្ជាក់គ្រប់គ្រាន់ហើយ។"
CAUSE = "wrong_code"
LETTER = "៤៥២/២៦ ស.ក.ប"
NEW_SUMMARY = "ជនសង្ស័យម្នាក់បានយកម៉ូតូពីមុខផ្សារ ហើយសាក្សីពីរនាក់បានឃើញ។"


def post_request(
    chief,
    record,
    status=302,
    kind="change",
    cause=CAUSE,
    reason=REASON,
    letter_no=LETTER,
    typed=None,
    **values,
):
    """Post the request form as a browser, with these values instead of the shown ones, and return the response.

    `typed` has the values of fields that are named as an argument.
    """
    url = f"/correction/request/{record.__tablename__}/{record.id}?kind={kind}"
    own = {"correction_cause": cause, "correction_reason": reason, "correction_letter_no": letter_no}
    response = chief.post(url, data=Page.from_response(chief.get(url)).typed() | own | values | (typed or {}))
    Page.from_response(response, status)
    return response


def request_correction(chief, record, **values):
    """Request a correction and return its id."""
    return int(post_request(chief, record, **values).location.rpartition("/")[2])


def decide(planner, number, verdict="approve", decision=DECISION):
    return planner.send(f"/correction/decide/{number}", {"verdict": verdict, "decision": decision})


def apply_correction(group, number):
    return group.send(f"/correction/apply/{number}")


def load_correction(number):
    db.session.expire_all()
    return db.session.scalars(select(Correction).where(Correction.id == number)).one()


def find_user(name):
    return db.session.scalars(select(User).where(User.username == name)).unique().one()


def find_waiting_messages():
    """Return (text key, role, unit or user) of the open messages."""
    rows = db.session.scalars(select(Message).where(Message.done_at.is_(None)).order_by(Message.id))
    return [(one.text_key, one.to_role or one.to_unit_code or one.to_user_id) for one in rows]


def void_record(record, reason="បញ្ចូលច្រឡំ"):
    """Void a record by a correction of three officers, without pages, and return the correction."""
    in_battambang = correctable_records.find_province_code(record) == "02"
    chief, planner, group = map(find_user, ("chief.bb" if in_battambang else "clerk.pp", "planning", "twg"))
    if not in_battambang:  # Phnom Penh has no demo chief
        chief.roles = find_user("chief.bb").roles[:]
    correction = actions.request_correction(chief, record, VOID, {}, "typing_error", reason, LETTER)
    actions.decide_correction(planner, correction, True, reason)
    actions.apply_correction(group, correction)
    return correction
