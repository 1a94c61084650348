"""What a correction needs to know about each kind of record that locks."""

from app.cases.models import Case
from app.cases.row_filter import CaseChild
from app.corrections import correctable_records
from app.corrections.request_form import OWN
from app.extensions import db
from app.kernel.actor import UNRESTRICTED, Actor, act_as


def test_rules_of_each_correctable_record_have_their_facts(app, db_session):
    with app.test_request_context(), db.session.no_autoflush:
        act_as(db.session, Actor(None, None, scope=UNRESTRICTED))
        models = correctable_records.get_models().values()
        assert len(models) > 30
        for model in models:
            record = model(case=Case()) if issubclass(model, CaseChild) else model()
            assert isinstance(correctable_records.find_problems(record), list), model
            db.session.expunge_all()


def test_no_field_of_a_record_has_the_name_of_a_field_of_the_correction(app):
    for model in correctable_records.get_models().values():
        assert not [
            name for name in correctable_records.find_correctable_fields(model) if name.startswith(OWN)
        ], model
