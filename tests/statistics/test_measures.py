"""The definitions of the measures."""

from flask_babel import force_locale

from app.statistics import measures
from tests.house.source_files import PROJECT


def test_document_is_up_to_date(app):
    with app.test_request_context(), force_locale("en"):
        text = measures.render_document()
    assert (PROJECT / "docs/statistics.md").read_text("utf-8") == text, "python3 run.py statistics document"


def test_measures_have_one_definition_each():
    assert len(measures.BY_CODE) == len(measures.MEASURES)
