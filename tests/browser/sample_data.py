"""Add what the browser tests need to the demo of `ECRIME_DATA_DIR`: the demo of a small country is left to chance.

A wanted person in a case of Battambang with the order, and a person of the same name in Phnom Penh.
"""

from app import create_app
from app.extensions import db
from tests.court_orders.sample_orders import make_active_order
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case, make_registered_person


def add_sample_data():
    wanted = make_registered_person(1)
    with acting_as("clerk.bb"):
        add_registered_case(people=[(wanted, "suspect")])
    make_active_order(person=wanted)
    with acting_as("clerk.pp"):
        add_registered_case(place=PHNOM_PENH, people=[(make_registered_person(2), "suspect")])
    db.session.commit()


if __name__ == "__main__":
    with create_app().app_context():
        add_sample_data()
