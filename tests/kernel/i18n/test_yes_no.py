"""The words for yes and no: of every field, in both languages."""

from flask_appbuilder import Model
from flask_babel import force_locale
from sqlalchemy import Boolean

from app.cases.models import CaseOffence
from app.kernel.schema.display import shown
from app.kernel.schema.fields import declared


def flags():
    for mapper in Model.registry.mappers:
        for name, meaning in declared(mapper.class_).items():
            attribute = mapper.attrs[name]
            if hasattr(attribute, "columns") and isinstance(attribute.columns[0].type, Boolean):
                yield f"{mapper.class_.__name__}.{name}", meaning


def test_every_yes_no_field_has_two_words_of_its_own(app):
    found = dict(flags())
    assert len(found) > 20
    with app.test_request_context(), force_locale("km"):
        for name, meaning in found.items():
            assert meaning.pair is not None, name
            yes, no = meaning.pair.of(True), meaning.pair.of(False)
            assert yes != no and not {yes, no} & {"Yes", "No", "មែន", "មិនមែន"}, name


def test_in_english_they_are_yes_and_no(app):
    with app.test_request_context(), force_locale("en"):
        assert {(m.pair.of(True), m.pair.of(False)) for _name, m in flags()} == {("Yes", "No")}


def test_a_list_shows_the_word_for_yes_and_leaves_no_blank(app):
    with app.test_request_context(), force_locale("km"):
        said = [
            shown(CaseOffence(attempt=one), "attempt", declared(CaseOffence)["attempt"])
            for one in (True, False, None)
        ]
    assert said == ["ជា", "", ""]
