"""Rules for every template: nothing inline, no colours of its own, only drawn icons, no Bootstrap."""

import re
from pathlib import Path

import pytest

from app.web import assets

TEMPLATES = sorted((assets.SOURCES.parent / "templates").rglob("*.html"))
STYLE = (assets.SOURCES / "style.css").read_text(encoding="utf-8")
SMALLEST = 13  # pixels; smaller Khmer is not readable


@pytest.fixture(params=TEMPLATES, ids=lambda path: str(path.relative_to(assets.SOURCES.parent / "templates")))
def template(request):
    return Path(request.param).read_text(encoding="utf-8")


def test_nothing_is_inline(template):
    assert not re.search(r"\sstyle\s*=", template)
    assert not re.search(r"<style", template)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", template)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", template))


def test_no_template_has_a_colour_of_its_own(template):
    assert not re.search(r"[\"']#(?:[0-9a-fA-F]{3}){1,2}[\"']", template)


def test_nothing_of_bootstrap_is_left(template):
    assert not re.search(
        r"btn-default|glyphicon|data-toggle|panel-body|select2|class=\"fa |img-rounded", template
    )


def test_every_icon_is_drawn(template):
    named = set(re.findall(r"\bicon\('([\w-]+)'", template))

    assert {name for name in named if assets.find_icon_name(name) != name} == set()


def test_no_font_is_too_small_for_khmer():
    letters = re.findall(r"(?:font-size: |font: [^;}]*?|--(?:xs|s|m|l|xl|xxl): )(\d+)px", STYLE)

    assert min(int(size) for size in letters) >= SMALLEST


def test_only_the_tokens_of_the_style_name_its_colours():
    rules = re.sub(r"(?::root|  \.dark) \{.*?\n *\}", "", STYLE, flags=re.DOTALL)
    colours = set(re.findall(r"#[0-9a-fA-F]{3,6}\b", re.sub(r"url\(\"data:.*?\"\)", "", rules)))

    # Tints between two tokens, and the colour of printouts.
    assert colours <= {
        "#fff",
        "#000",
        "#555",
        "#f7f5f0",
        "#f3ece0",
    }
