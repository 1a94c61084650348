"""Every kind of row of the entry page is checked by the rules of its model, also a kind that is added later."""

import pytest

from app.cases.entry_forms import ROWS
from app.kernel.schema.fields import fields_of
from app.kernel.schema.record import Record
from tests.cases.test_entry import ENTRY, upload_photo

FORMS = {f"{name}-0-{part}": form for name, parts in ROWS.items() for part, form in parts.items()}
MODELS = [
    next(model for model in Record.__subclasses__() if fields_of(model) is form.meanings)
    for form in FORMS.values()
    if form.meanings
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_row_of_the_entry_page_is_checked_by_its_rules(clerk, monkeypatch, model):
    checked = []
    monkeypatch.setattr(model, "__rules__", (*model.__rules__, lambda row, _facts: checked.append(row) or ()))
    typed = {f"{prefix}{name}": "1" for prefix, form in FORMS.items() for name in form.meanings}
    clerk.send(f"{ENTRY}/check", typed | {"files-0-uploads": upload_photo(clerk)})
    assert [type(row) for row in checked] == [model]


def test_every_kind_of_row_has_a_model():
    assert len(MODELS) == len(FORMS) - 1  # the person of a row may be registered already
