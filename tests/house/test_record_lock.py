"""The database triggers protect exactly the facts that the models name, so no new column is forgotten."""

from flask_appbuilder import Model
from sqlalchemy.orm import MANYTOONE

from app.cases.models import Case, Exhibit
from app.court_orders.models import CourtOrder
from app.extensions import db
from app.kernel.schema.fields import field_names_on
from app.kernel.schema.record import Record
from app.kernel.schema.record_lock import (
    BOOKKEEPING_COLUMNS,
    IMMUTABLE_COLUMNS,
    VOID_COLUMNS,
    column_of_field,
    lockable_columns,
)
from migrations import lock


def records():
    """Return every record class with its table."""
    return sorted(
        (mapper.class_ for mapper in Model.registry.mappers if issubclass(mapper.class_, Record)),
        key=lambda model: model.__tablename__,
    )


def test_the_triggers_guard_the_facts_of_every_record(register, each_database):
    wrong = {}
    with register.app.app_context(), db.engine.connect() as connection:
        for model in records():
            facts, kept = lock.locked_columns(connection, model.__tablename__)
            if facts != lockable_columns(model):
                wrong[model.__tablename__] = {
                    "only in the model": sorted(lockable_columns(model) - facts),
                    "only in the trigger": sorted(facts - lockable_columns(model)),
                }
            assert lock.is_withdrawable(connection, model.__tablename__) == model.__withdrawable__, (
                f"{model.__tablename__}: lock.allow_withdrawal(op, TABLE) in its migration"
            )
            kept_flags = {
                name for name in facts | set(model.__editable_after_lock__ or ())
                if lock.keeps_flag(connection, model.__tablename__, name)
            }  # fmt: skip
            assert kept_flags == set(model.__cleared_by_correction__), (
                f"{model.__tablename__}: lock.keep_flag(op, TABLE, COLUMN) in its migration"
            )
            assert {"id", *IMMUTABLE_COLUMNS} <= kept, (
                f"{model.__tablename__} has no lock: lock.lock_table(op, …) in its migration"
            )
    assert not wrong, (
        f"{wrong}: say in the migration lock.lock_columns(op, TABLE, COLUMN), or leave the column open by name in the"
        " model's __editable_after_lock__ (and say why)."
    )


def test_the_trigger_guards_what_a_second_officer_has_checked_of_an_order(register, each_database):
    with register.app.app_context(), db.engine.connect() as connection:
        guarded = lock.compared_columns(connection, "court_order", "checked")
    assert guarded == CourtOrder(status="active").__correction_only__
    assert not CourtOrder(status="received").__correction_only__


def test_the_trigger_guards_what_a_part_has_from_its_exhibit(register, each_database):
    with register.app.app_context(), db.engine.connect() as connection:
        guarded = lock.compared_columns(connection, "exhibit", "part")
    assert guarded == Exhibit(parent_id=1).__correction_only__
    assert not Exhibit().__correction_only__


# table → the only columns that change after the lock. A new one needs a reason in its model, and a review of this list.
EDITABLE = {
    "case": "clearance court_code dossier_no sent_on solved_on status",
    "court_order": "checked_by_id commune_code district_code due_on last_seen_on last_seen_place_code minor next_step"
    " notice_kind notice_no owner_unit_code person_id province_code search_officer search_unit_code status validate_by",
    "arrest": "awaits_custody",
    "case_assignment": "closing_reason until",
    "charge": "changed_to_code decision document_date document_no prosecutor reason",
    "case_review": "decided_at decided_by_id round state",
    "investigation_act": "answered_at helps_suspect reminded_at",
    "custody": "counts_from end_time_unknown ended_at extended limit_at limit_code outcome",
    "death_report": "confirmation decided_at decided_by_id decision_reason",
    "detention": "due_on end_reason ended_on escaped limit_code prison_code",
    "case_file": "helps_suspect",
    "exhibit": "helps_suspect state",
    "exhibit_movement": "confirmation decided_at decided_by_id decision_reason",
    "inventory": "closed_at closed_by_id",
    "minor_contact": "due_on state",
    "person_report": "age_from age_to clothes height_from height_to marks note state",
    "property_report": "kept_at note state",
    "report_end": "confirmation decided_at decided_by_id decision_reason",
    "protection_order_step": "confirmation decided_at decided_by_id decision_reason",
    "lineup": "act_id certainty ended_at instruction_read place_text position present reason result seed sha256 started_at words",
    "prevention_programme": "ends_on",
    "protection_order": "ended_on ends_on informed_on",
    "quantity_change": "confirmation decided_at decided_by_id decision_reason part_id",
    "course_session": "second_trainer_id third_trainer_id trainer_id",
    "question": "confirmation decided_at decided_by_id decision_reason retired_at",
    "task": "done_at done_by_id result seen_at state",
    "order_event": "confirmation decided_at decided_by_id decision_reason",
    "involvement": "end_reason ended_on protection",
    "judgment": "contested_on final_on notified_on replaced_on set_aside_on",
    "person": "children deceased_on education ethnicity height_cm home_code marital nationality occupation phone phone_key"
    " photo_missing spouse_name",
    "person_address": "until",
    "relation": "ends_key until",
    "release": "ended_on",
    "retention_act": "confirmation decided_at decided_by_id decision_reason",
    "retention_review": "decided_at decided_by_id decision keep_until reason",
    "sentence": "expected_on",
}
# Those of them that a form has; the others are computed.
TYPED = {
    "case": "dossier_no",
    "case_file": "helps_suspect",
    "exhibit": "helps_suspect",
    "investigation_act": "helps_suspect",
    "case_assignment": "closing_reason until",
    "charge": "changed_to_code decision document_date document_no prosecutor reason",
    "course_session": "second_trainer_id third_trainer_id trainer_id",
    "person": "children education ethnicity height_cm home_code marital nationality occupation phone photo_missing spouse_name",
    "person_address": "until",
    "person_report": "age_from age_to clothes height_from height_to marks note",
    "prevention_programme": "ends_on",
    "property_report": "kept_at note",
    "protection_order": "informed_on",
    "relation": "until",
}


def test_columns_that_change_after_the_lock_are_a_short_list_with_reasons(registers):
    found = {}
    for model in records():
        columns = dict(model.__editable_after_lock__ or {})
        assert all(columns.values()), (
            f"{model.__name__}.__editable_after_lock__: give the reason of each column"
        )
        if columns:
            found[model.__tablename__] = " ".join(sorted(columns))
    assert found == EDITABLE


def test_rows_are_voided_with_their_case_and_exhibit_or_say_why_not(registers):
    """A row without meaning that stays valid is counted and shown: so did the seals and relations of void records."""
    for model in records():
        links = {
            one.key
            for one in model.__mapper__.relationships
            if one.direction is MANYTOONE and one.mapper.class_ in (Case, Exhibit)
        }
        voided, valid = set(model.__voided_with__), model.__stays_valid__
        assert links - voided == set(valid) and all(valid.values()), (
            f"{model.__name__}: name {links} in __voided_with__, or in __stays_valid__ with a reason"
        )


def test_forms_have_the_columns_that_are_typed_after_the_lock(registers):
    found = {}
    for model in records():
        on_forms = {column_of_field(model, name) for name in field_names_on(model, "add edit")}
        if typed := on_forms & set(EDITABLE.get(model.__tablename__, "").split()):
            found[model.__tablename__] = " ".join(sorted(typed))
    assert found == TYPED


def test_every_editable_field_of_a_model_is_a_column(registers):
    for model in records():
        columns = set(model.__mapper__.column_attrs.keys())
        unknown = set(model.__editable_after_lock__ or ()) - columns
        assert not unknown, f"{model.__name__}.__editable_after_lock__ names {unknown}"
        assert {*IMMUTABLE_COLUMNS, *VOID_COLUMNS} <= columns and lockable_columns(model).isdisjoint(
            BOOKKEEPING_COLUMNS | {*IMMUTABLE_COLUMNS, *VOID_COLUMNS}
        )
