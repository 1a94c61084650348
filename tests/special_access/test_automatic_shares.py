"""A unit keeps the cases that it entered. It reads a case that it moves away for a short time only."""

import pytest
from sqlalchemy import select

from app.cases.models import Case
from app.inbox.models import Message
from app.kernel.access.access_grants import MOVED, AccessGrant
from app.kernel.actor import UNRESTRICTED, Actor, act_as
from app.kernel.audit.recorder import AuditEvent
from app.kernel.schema.record_lock import EDIT_WINDOW
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.reference.models import Offence, Place
from app.special_access import case_sharing
from tests.cases.test_row_filter import session_as
from tests.prepared import prepared
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case, make_registered_person

CLERK = "clerk.crim"  # of a department, which sees some offence families of the whole country


def change_offence(username, case_id, family):
    """Change the offence of a case as that user."""
    with session_as(username) as session:
        (offence,) = session.get(Case, case_id).offences
        offence.offence = session.scalars(select(Offence).where(Offence.family == family)).first()
        session.commit()


def is_visible(username, case_id):
    with session_as(username) as session:
        return session.get(Case, case_id) is not None


def load_steps(db_session):
    events = select(AuditEvent).where(AuditEvent.action == "share.changed").order_by(AuditEvent.seq)
    return [(one.facts["step"], one.facts["unit"], one.facts["writes"]) for one in db_session.scalars(events)]


@prepared
def theft(db_session, each_database):
    """The id of a theft in Phnom Penh, which the clerk of the department may change."""
    with acting_as("clerk.pp"):
        case = add_registered_case(place=PHNOM_PENH)
        db_session.commit()
    return case.id


def test_unit_that_moves_a_case_away_reads_it_for_48_hours(db_session, theft):
    change_offence(CLERK, theft, "corruption")
    (grant,) = db_session.scalars(select(AccessGrant)).all()
    assert (grant.kind, grant.unit_code, grant.owner_unit, grant.may_write) == (
        MOVED, "D-CRIM", "PC-12", False,
    )  # fmt: skip
    assert grant.expires_at - grant.granted_at == EDIT_WINDOW
    assert load_steps(db_session) == [("moved", "D-CRIM", False)]
    sent = db_session.scalars(select(Message).where(Message.text_key == "share.moved").order_by(Message.id))
    assert [(one.to_role, one.to_unit_code) for one in sent] == [
        ("Provincial chief", "PC-12"),
        (None, "PC-12"),
    ]
    assert is_visible(CLERK, theft)
    with pytest.raises(RuleViolation):
        change_offence(CLERK, theft, "property")
    grant.expires_at = dates.now()
    db_session.commit()
    assert not is_visible(CLERK, theft)


def test_access_ends_when_the_case_is_back(db_session, theft):
    change_offence(CLERK, theft, "corruption")
    change_offence("clerk.pp", theft, "property")
    assert load_steps(db_session) == [("moved", "D-CRIM", False), ("ended", "D-CRIM", False)]
    change_offence("clerk.pp", theft, "corruption")
    assert not is_visible(CLERK, theft)


def test_offence_changed_and_back_at_once_leaves_no_access(db_session, theft):
    with session_as(CLERK) as session:
        (offence,) = session.get(Case, theft).offences
        first = offence.offence
        for chosen in (session.scalars(select(Offence).where(Offence.family == "corruption")).first(), first):
            offence.offence = chosen
            session.flush()
        session.commit()
    change_offence("clerk.pp", theft, "corruption")
    assert not is_visible(CLERK, theft)


def test_owner_sees_and_ends_the_access(db_session, theft):
    change_offence(CLERK, theft, "corruption")
    (grant,) = case_sharing.find_shares(db_session.get(Case, theft))
    case_sharing.end_share(grant)
    db_session.commit()
    assert not is_visible(CLERK, theft)


def test_case_moved_out_of_area_stays_shared_with_its_unit(db_session, each_database):
    """A commissariat corrects the place of an inspectorate's case to another province."""
    with acting_as("clerk.bb") as writer:
        act_as(db_session, Actor(writer.id, "DI-0203", scope=UNRESTRICTED))
        case = add_registered_case(people=[(make_registered_person(), "suspect")])
        db_session.commit()
    with session_as("clerk.bb") as session:
        session.get(Case, case.id).place = session.get(Place, PHNOM_PENH)
        session.commit()
        assert session.get(Case, case.id, populate_existing=True).province_code == "12"
        assert set(session.scalars(select(AccessGrant.unit_code))) == {
            "PC-02",
            "DI-0203",
        }  # and the owning unit
    with session_as("clerk.pp") as session:
        assert session.get(Case, case.id) is not None
    assert load_steps(db_session) == [("moved", "DI-0203", True), ("moved", "PC-02", True)]
