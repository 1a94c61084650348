"""Letters between units in each state: a draft, one that waits, sent, opened, answered, declined and overdue ones, a circular."""
# unrestricted: looks for cases of the demo as the system
# commits: each letter, as an officer would write it

from datetime import timedelta

from sqlalchemy import select

from app.accounts.models import User
from app.accounts.user_scope import build_user_scope
from app.cases.models import Case, Involvement
from app.extensions import db
from app.kernel.actor import SYSTEM, Actor, act_as
from app.kernel.database.transactions import commit
from app.kernel.text import dates
from app.letters import actions, replies
from app.letters.models import ANSWER, Letter
from app.reference.models import LetterTemplate, Unit

CLERK, INVESTIGATOR, CHIEF, RECEIVER, MONITOR = (
    "clerk.bb",
    "investigator.bb",
    "chief.bb",
    "clerk.pp",
    "monitor",
)
TEMPLATES = "photo", "address", "wanted_or_held", "document", "hear_witness", "identity", "order_valid"
BATTAMBANG, PHNOM_PENH, NATION = "02", "PC-12", "GCNP"


def generate_letters():
    """Write the letters if there are none yet, each by the actions of the demo users. Return their number."""
    act_as(db.session, SYSTEM)
    if db.session.scalar(select(Letter.id).limit(1)) is not None:
        return 0
    # A letter about a person names one whose identity is not hidden.
    named = Case.involvements.any(Involvement.protection.is_(None))
    found = select(Case.id).where(Case.province_code == BATTAMBANG, Case.voided_at.is_(None), named)
    cases = db.session.scalars(found.order_by(Case.id).limit(len(TEMPLATES))).all()
    numbers = range(len(TEMPLATES)) if cases else ()
    for number in numbers:
        _write(cases[number % len(cases)], number)
    _write_circular()
    return len(numbers) + 1


def _act_as(name):
    db.session.expunge_all()  # what another officer may see
    act_as(db.session, SYSTEM)
    user = db.session.scalars(select(User).where(User.username == name)).unique().one()
    act_as(db.session, Actor(user.id, user.unit_code, scope=build_user_scope(user)))
    return user


def _find(pk):
    return db.session.scalars(select(Letter).where(Letter.id == pk)).unique().one()


def _take(act, pk, name, *reason):
    """Let an officer take a step of a letter."""
    user = _act_as(name)
    act(db.session, _find(pk), user, *reason)


def _sign(pk, name):
    user = _act_as(name)
    letter = _find(pk)
    actions.sign(db.session, letter, user, letter.version)


def _draft(user, template, to_unit, **values):
    letter = Letter(
        template=db.session.get(LetterTemplate, template), to_unit=db.session.get(Unit, to_unit), **values
    )
    db.session.add(letter)
    db.session.flush()
    return letter.id


def _write(case_id, number):
    """Write one letter about a case; the number says how far it gets."""
    user = _act_as(CLERK if number % 2 else INVESTIGATOR)
    soon = dates.now() + timedelta(minutes=2) if number == 6 else None  # soon overdue
    opened = {}
    if number == 4:
        opened = {
            "share_until": dates.now().date() + timedelta(days=30),
            "share_parts": "facts,summary,people",
        }
    case = db.session.get(Case, case_id)
    people = [one.person for one in case.involvements if one.person is not None and one.protection is None]
    person = people[0] if people else None
    pk = _draft(user, TEMPLATES[number], PHNOM_PENH, case=case, person=person, due_at=soon, **opened)
    if number >= 1:
        actions.submit(db.session, _find(pk), user)
    commit()
    if number >= 2:
        _sign(pk, CHIEF)
        commit()
    if number in (3, 4, 5):
        _take(actions.open_letter, pk, RECEIVER)
        commit()
    if number == 4:
        _answer(pk)
    if number == 5:
        _take(actions.decline, pk, RECEIVER, "បណ្ណសាររបស់អង្គភាពគ្មានឯកសារនេះទេ។")
        commit()


def _answer(pk):
    user = _act_as(RECEIVER)
    answer = replies.start_reply(db.session, _find(pk), user, ANSWER)
    answer.text = "សូមផ្ញើជូនកំណត់ហេតុនៃការស្តាប់ចម្លើយ ដូចមានក្នុងឯកសារភ្ជាប់។"
    db.session.flush()
    answer_id = answer.id
    actions.submit(db.session, _find(answer_id), user)
    commit()
    _sign(answer_id, MONITOR)
    commit()


def _write_circular():
    user = _act_as(MONITOR)
    subject, text = "ការផ្ទៀងផ្ទាត់ដីកាចាស់ៗ", "សូមអង្គភាពទាំងអស់ផ្ទៀងផ្ទាត់ដីកាដែលមានអាយុលើសមួយឆ្នាំ មុនចុងខែ។"
    pk = _draft(user, "notice", NATION, subject=subject, text=text, to_below=True)
    actions.submit(db.session, _find(pk), user)
    commit()
    for name in (CHIEF, RECEIVER):
        _take(actions.open_letter, pk, name)
        commit()
