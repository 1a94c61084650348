"""The labels for yes and no of every field, in both languages."""

from flask_appbuilder import Model
from flask_babel import force_locale
from sqlalchemy import Boolean

from app.cases.models import CaseOffence
from app.kernel.schema.display import format_field
from app.kernel.schema.fields import fields_of


def yes_no_fields():
    for mapper in Model.registry.mappers:
        for name, meaning in fields_of(mapper.class_).items():
            attribute = mapper.attrs[name]
            if hasattr(attribute, "columns") and isinstance(attribute.columns[0].type, Boolean):
                yield f"{mapper.class_.__name__}.{name}", meaning


def test_yes_no_field_has_two_different_khmer_labels(app):
    found = dict(yes_no_fields())
    assert len(found) > 20
    with app.test_request_context(), force_locale("km"):
        for name, meaning in found.items():
            assert meaning.yes_no_labels is not None, name
            yes, no = meaning.yes_no_labels.label_for(True), meaning.yes_no_labels.label_for(False)
            assert yes != no and not {yes, no} & {"Yes", "No", "មែន", "មិនមែន"}, name


def test_labels_in_english_are_yes_and_no(app):
    with app.test_request_context(), force_locale("en"):
        assert {
            (m.yes_no_labels.label_for(True), m.yes_no_labels.label_for(False))
            for _name, m in yes_no_fields()
        } == {("Yes", "No")}


def test_list_shows_yes_label_and_hides_no(app):
    with app.test_request_context(), force_locale("km"):
        labels = [
            format_field(CaseOffence(attempt=one), "attempt", fields_of(CaseOffence)["attempt"])
            for one in (True, False, None)
        ]
    assert labels == ["ជា", "", ""]
