"""The demo has a team, acts, a task, a charge and a review."""

from app.demo import investigation
from app.extensions import db
from app.investigation.models import (
    ActExhibit,
    CaseAssignment,
    CaseReview,
    Charge,
    InvestigationAct,
    OutcomeNotice,
)
from app.kernel.actor import SYSTEM, act_as
from app.tasks.models import Task
from tests.sample_rows import acting_as, add_registered_case, make_registered_person


def test_demo_has_investigations(db_session):
    with acting_as("clerk.bb"):
        for number in range(3):
            add_registered_case(people=[(make_registered_person(number), "suspect")])
        add_registered_case(people=[(make_registered_person(8), "victim")])
    db_session.commit()
    assert investigation.generate_investigations() == 3
    assert investigation.generate_investigations() == 0, "only once"
    act_as(db.session, SYSTEM)
    counts = [
        db.session.query(model).count()
        for model in (CaseAssignment, InvestigationAct, ActExhibit, Charge, CaseReview, Task, OutcomeNotice)
    ]
    assert counts == [4, 9, 3, 1, 1, 1, 1]
    assert db.session.query(CaseReview).one().state == "returned"
    assert all(one.province_code == "02" for one in db.session.query(CaseAssignment)), (
        "in the scope of the officers"
    )
