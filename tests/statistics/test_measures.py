"""The definitions of the measures: one each, from which pages, files and guides are made."""

import re

from flask_babel import force_locale

from app.statistics import measures
from app.statistics.query_builder.fields import COUNTS
from tests.house.source_files import PROJECT

FEATURES = ("statistics", "series", "prevention")
# Words of a counting rule; a definition of its own on a page could differ from that of the other pages.
RULE = re.compile(r"counts once|left out|per 100,000 people in|does not say why|not why")
OWN = {
    "What belongs to several rows or columns counts once in the totals.": "depends on the table",
    "Cases by weekday and hour. %(n)s cases with an unknown hour are left out.": "has the number of the chart",
    "Left out: %(what)s.": "shows a definition",
    "Left out": "shows a definition",
}


def test_documents_are_up_to_date(app):
    with app.test_request_context():
        with force_locale("en"):
            texts = {"docs/statistics.md": measures.render_document()}
        for language in ("en", "km"):
            with force_locale(language):
                texts[f"docs/guide/measures.{language}.md"] = measures.render_guide(language)
    for name, text in texts.items():
        assert (PROJECT / name).read_text("utf-8") == text, "python3 run.py statistics document"


def test_measures_have_one_definition_each():
    assert len(measures.BY_CODE) == len(measures.MEASURES)


def test_every_measure_is_used_by_a_page():
    pages = "\n".join(
        path.read_text("utf-8")
        for feature in FEATURES
        for path in (PROJECT / "app" / feature).rglob("*.py")
        if path.name != "measures.py"
    )
    unused = [one for one in measures.BY_CODE if f'"{one}"' not in pages and one not in COUNTS]
    assert unused == []


def test_counting_rules_are_written_with_the_measures_only():
    catalogue = (PROJECT / "translations/km/LC_MESSAGES/messages.po").read_text("utf-8")
    found = []
    for block in catalogue.split("\n\n"):
        places = re.findall(r"^#: (.+)$", block, re.MULTILINE)
        files = {place.partition(":")[0] for line in places for place in line.split()}
        text = "".join(re.findall(r'"(.*)"', block.partition("msgstr")[0]))
        is_of_figures = any(name in one for one in files for name in FEATURES)
        if (
            is_of_figures
            and "app/statistics/measures.py" not in files
            and RULE.search(text)
            and text not in OWN
        ):
            found.append((text, files))
    assert found == []
