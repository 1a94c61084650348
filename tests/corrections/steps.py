"""The three people of a correction at their work, through the pages."""

from sqlalchemy import select

from app.accounts.models import User
from app.corrections.models import Correction
from app.extensions import db
from app.inbox.models import Message
from tests.html_pages import Page

REASON = "តាមលិខិតបញ្ជាក់ពីមន្ទីរពេទ្យ ព័ត៌មានចាស់មិនត្រឹមត្រូវ។"
DECISION = "លិខិតមន្ទីរពេទ្យបញ្ជាក់គ្រប់គ្រាន់ហើយ។"
LETTER = "៤៥២/២៦ ស.ក.ប"
NEW = "ជនសង្ស័យម្នាក់បានយកម៉ូតូពីមុខផ្សារ ហើយសាក្សីពីរនាក់បានឃើញ។"


def ask(chief, record, status=302, kind="change", reason=REASON, letter_no=LETTER, **values):
    """What the chief's page answers when it is sent with these values in the place of what it shows."""
    url = f"/correction/ask/{record.__tablename__}/{record.id}"
    page = Page.of(chief.get(url, query_string={"kind": kind}))
    typed = {name: found[-1] for name, found in page.typed().items()}
    answer = chief.post(url, data=typed | {"reason": reason, "letter_no": letter_no} | values)
    Page.of(answer, status)
    return answer


def asked(chief, record, **values):
    """The number of the correction that the chief asked for."""
    return int(ask(chief, record, **values).location.rpartition("/")[2])


def decide(planner, number, verdict="approve", decision=DECISION):
    return planner.send(f"/correction/decide/{number}", {"verdict": verdict, "decision": decision})


def carry_out(group, number):
    return group.send(f"/correction/carry-out/{number}")


def the(number):
    db.session.expire_all()
    return db.session.scalars(select(Correction).where(Correction.id == number)).one()


def user(name):
    return db.session.scalars(select(User).where(User.username == name)).unique().one()


def waiting():
    """(sentence, role or user) of the messages that wait."""
    rows = db.session.scalars(select(Message).where(Message.done_at.is_(None)).order_by(Message.id))
    return [(one.text_key, one.to_role or one.to_unit_code or one.to_user_id) for one in rows]
