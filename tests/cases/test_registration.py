"""A registered case equals one written by a flush: all columns, and the audit events."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from app.cases import registration
from app.cases.models import Case, CaseFile, CaseOffence, Exhibit, Involvement
from app.kernel.audit import verify_rows
from app.kernel.audit.recorder import AuditEvent
from app.kernel.text import dates
from app.people.models import Person, PersonDocument, PersonName, PersonPhoto
from app.people.visibility import Visibility
from app.reference.models import Offence, Place
from tests.sample_rows import (
    BATTAMBANG,
    FILE_COLUMNS,
    PHOTO_COLUMNS,
    THEFT,
    acting_as,
    make_registered_person,
)

OWN_COLUMNS = {
    "id",
    "case_id",
    "person_id",
    "number",
    "draft_token",
    "recorded_at",
    "changed_at",
    "insert_order",
}
KINDS = (
    Case,
    CaseOffence,
    Involvement,
    Person,
    PersonDocument,
    PersonName,
    PersonPhoto,
    Exhibit,
    CaseFile,
    Visibility,
)


def make_whole_case(db_session, known, begun):
    case = Case(
        occurred_from=begun, occurred_to=begun, reported_at=begun, report_kind="complaint", summary="  បានលួច​ ", status="open",
        sensitivity="normal", place=db_session.get(Place, BATTAMBANG), latitude=13.1, longitude=103.2, late=False,
    )  # fmt: skip
    case.offences.append(CaseOffence(offence=db_session.get(Offence, THEFT), attempt=False))
    somebody = Person(surname_km="សុខ", given_km="ដារ៉ា", sex="M", birth_year=1980, phone="០១២ 345 678")
    somebody.names.append(PersonName(kind="alias", text_km="ខ្មៅ"))
    somebody.documents.append(PersonDocument(kind="passport", number="N ០១២", country="VN"))
    somebody.photos.append(PersonPhoto(**PHOTO_COLUMNS))
    for person, role in ((somebody, "suspect"), (known, "victim")):
        case.involvements.append(Involvement(person=person, role=role, injury="none"))
    case.exhibits.append(Exhibit(kind="drug", state="seized", substance="heroin", quantity=Decimal("1.250")))
    case.files.append(CaseFile(kind="report", **FILE_COLUMNS))
    return case


@pytest.fixture
def flushed_and_registered(db_session, each_database):
    """model → (rows of the flushed case, rows of the registered case)."""
    begun = dates.now().replace(second=0, microsecond=0)
    with acting_as("clerk.bb"):
        known = make_registered_person()
        db_session.add(known)
        db_session.flush()
        flushed = make_whole_case(db_session, known, begun)
        flushed.number = "02-1999-000001"
        db_session.add(flushed)
        db_session.flush()
        before = {model: db_session.query(model).count() for model in KINDS}
        registration.register_case(make_whole_case(db_session, known, begun), "a-token", ())
        db_session.commit()
    rows = {model: _load_rows(db_session, model) for model in KINDS}
    return {model: (some[: before[model]], some[before[model] :]) for model, some in rows.items()}


def _load_rows(db_session, model):
    key = model.__table__.c.id
    return [
        dict(row) for row in db_session.connection().execute(select(model.__table__).order_by(key)).mappings()
    ]


def test_registered_columns_equal_flushed_columns(flushed_and_registered):
    for model, (flushed, registered) in flushed_and_registered.items():
        plain = [
            [{name: value for name, value in row.items() if name not in OWN_COLUMNS} for row in rows]
            for rows in (flushed[-len(registered) :], registered)
        ]
        assert registered and plain[0] == plain[1], model


def test_audit_events_equal_flushed_ones_and_verify(flushed_and_registered, db_session):
    def load_audit_values(model, row):
        event = select(AuditEvent).where(
            AuditEvent.entity == model.__tablename__,
            AuditEvent.entity_id == row["id"],
            AuditEvent.action == "record.added",
        )
        after = db_session.scalars(event).one().after
        return {name: value for name, value in after.items() if name not in OWN_COLUMNS}

    for model in set(KINDS) - {Visibility}:
        flushed, registered = flushed_and_registered[model]
        assert [load_audit_values(model, row) for row in flushed[-len(registered) :]] == [
            load_audit_values(model, row) for row in registered
        ]
        assert not list(verify_rows.tampered_rows(db_session.connection(), model.__table__))
