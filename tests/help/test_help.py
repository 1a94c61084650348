"""The help: its pages, its search, the section of each page, and the examples of the rules."""

import json
import os
import re

import pytest

from app import menu
from app.help import guides, rule_pages, search, topics
from tests.help import rule_texts
from tests.house.test_rule_book import find_documented
from tests.statement_counts import counted

LANGUAGES = ("km", "en")
# Views without a page of their own.
WITHOUT_TOPIC = {"HealthView", "MetricsView", "HelpView", "LookupView", "FileView", "PrintedView"}


def test_every_topic_is_a_section_in_both_languages():
    for language in LANGUAGES:
        sections = {
            f"{guide.name}#{section.slug}"
            for guide in guides.list_guides(language)
            for section in guide.sections
        }
        assert set(topics.SECTIONS) <= sections


def test_every_screen_has_a_topic():
    views = {view.__name__ for view in (*(entry[0] for entry in menu.SCREENS), *menu.HIDDEN_VIEWS)}
    assert views - topics.TOPICS.keys() - WITHOUT_TOPIC == set()
    assert topics.find_address("CaseView.show") == "/help/manager#reading-a-case"
    assert topics.find_address(None) == topics.find_address("static") == topics.CONTENTS


@pytest.mark.parametrize("language", LANGUAGES)
def test_guides_link_within_the_help_only(language):
    html = "".join(section.html for guide in guides.list_guides(language) for section in guide.sections)
    links = set(re.findall(r'href="([^"]*)"', html))
    assert links and all(re.match("/help/|https?:", link) for link in links), links
    assert "<img" not in html and "<table" in html


def test_markup_in_a_guide_is_escaped(tmp_path, monkeypatch):
    monkeypatch.setattr(guides, "FOLDER", tmp_path)
    hostile = "# T\n\n## S\n\n<script>x</script> [a](javascript:x) **b**\n"
    for language in LANGUAGES:
        (tmp_path / f"clerk.{language}.md").write_text(hostile)
    html = guides.load_guide.__wrapped__("clerk", "km").sections[1].html
    assert "<script" not in html and 'href="javascript' not in html and "<strong>b</strong>" in html


@pytest.mark.parametrize(
    ("query", "language", "expected"),
    [
        ("ឃាត់ខ្លួន", "km", "/help/clerk#arrest-and-custody"),
        ("CUSTODY arrest", "en", "/help/clerk#arrest-and-custody"),
        ("v017", "km", "/help/rules#V017"),
        ("ចាក់សោ ៤៨", "km", "/help/clerk#after-the-save"),
        ("zzzz", "en", None),
        ("  ", "en", None),
        (".*[", "km", None),
    ],
)
def test_search(query, language, expected):
    results, _more = search.find_places(query, language)
    addresses = [result.address for result in results]
    assert expected in addresses if expected else addresses == []
    assert len(results) <= search.MOST_RESULTS


def test_every_rule_is_explained_with_an_example():
    rules = rule_pages.load_rules("km")
    assert [rule.number for rule in rules] == sorted(find_documented())
    assert [rule.number for rule in rules if not rule.examples] == []
    english = {rule.number: rule.examples for rule in rule_pages.load_rules("en")}
    assert [
        rule.number for rule in rules if rule.examples[0].message == english[rule.number][0].message
    ] == []


def test_khmer_help_explains_every_rule_in_khmer(clerk):
    numbers = [line.split("\t")[0] for line in rule_pages.KHMER.read_text("utf-8").splitlines()[1:]]
    assert sorted(numbers) == sorted(find_documented())
    page = clerk.page("/help/rules").text
    english, khmer = rule_pages.load_rules("en"), rule_pages.load_rules("km")
    assert all(one.text in page for one in khmer) and not any(one.text in page for one in english)


def test_examples_of_rules_are_up_to_date(db_session):
    text = json.dumps(rule_texts.describe_examples(), ensure_ascii=False, indent=1) + "\n"
    if "WRITE_RULE_EXAMPLES" in os.environ:
        rule_pages.EXAMPLES.write_text(text, "utf-8")
    assert rule_pages.EXAMPLES.read_text("utf-8") == text, "python3 run.py rule-examples"


def test_pages_of_the_help(register, client_as):
    reader = client_as("auditor", "km")
    assert "<b>ដីកា" not in reader.page("/help/?q=<b>ដីកា").html
    assert reader.page("/help/?q=%00")
    found = reader.page("/help/?q=ដីកា")
    assert found.all("mark") and found.all("a", href="/help/warrant-officer#receiving-an-order")
    with counted(register) as statements:
        guide = reader.page("/help/clerk")
    assert len(statements) <= 2  # the reader, and the versions of the caches
    assert guide.by_id("arrest-and-custody")
    assert guide.all("a", href=topics.CONTENTS, target="help")
    assert reader.page("/help/rules").by_id("V033")
    assert reader.get("/help/config").status_code == 404


def test_help_needs_a_signed_in_user(client):
    assert client.get("/help/clerk").status_code in (302, 401)
