"""Fields that identify a person whose identity their record hides: no filter, sort or link uncovers them."""

from app.kernel.schema.record import Record
from app.kernel.screens.filters import Filters
from app.kernel.screens.record_view import RecordView


def list_views(app):
    views = [view for view in app.extensions["appbuilder"].baseviews if isinstance(view, RecordView)]
    return [view for view in views if getattr(view.datamodel.obj, "__identity_fields__", ())]


def test_every_class_names_what_hides_its_person(registers):
    registers("sqlite")
    classes = [
        one.class_ for one in Record.registry.mappers if getattr(one.class_, "__identity_fields__", ())
    ]
    assert len(classes) >= 3
    for model in classes:
        assert model.__identity_links__, model
        assert model.hides_identity is not Record.hides_identity and model.has_hidden_identity, model


def test_no_list_is_sorted_by_a_field_that_identifies_a_person(registers):
    for view in list_views(registers("sqlite").app):
        assert not view.datamodel.obj.__identity_fields__ & set(view.order_columns), type(view).__name__


def test_a_filter_by_a_field_that_identifies_a_person_leaves_out_hidden_rows(registers):
    views = list_views(registers("sqlite").app)
    with registers("sqlite").app.test_request_context():
        for view in views:
            model = view.datamodel.obj
            for name in model.__identity_fields__ & set(view.search_columns):
                condition = str(Filters(view, {f"_flt_0_{name}": "\u1780"}).conditions[0])
                assert str(~model.has_hidden_identity()) in condition, f"{type(view).__name__}: {name}"
