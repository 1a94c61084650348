"""The demo has letters in each state."""

from collections import Counter
from datetime import date

from app.demo import letters
from app.extensions import db
from app.kernel.actor import SYSTEM, act_as
from app.letters.models import Letter, LetterRecipient
from tests.sample_rows import acting_as, add_registered_case, make_registered_person


def test_demo_has_letters_in_each_state(db_session):
    with acting_as("clerk.bb"):
        for number in range(8):
            born_on = date(2012 if number == 1 else 1990, 1, 5)  # no letter can name the child
            add_registered_case(people=[(make_registered_person(number, born_on=born_on), "suspect")])
    db_session.commit()
    assert letters.generate_letters() == 8
    assert letters.generate_letters() == 0, "only once"
    act_as(db.session, SYSTEM)
    states = Counter(one.state for one in db_session.query(Letter))
    assert states == {"draft": 1, "waiting": 1, "sent": 5, "closed": 2}
    opened = [one.to_unit_code for one in db_session.query(LetterRecipient) if one.opened_at is not None]
    assert sorted(opened) == ["PC-02", *["PC-12"] * 4]
