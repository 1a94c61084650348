"""The guides of docs/guide as pages: rendered on the first request, then kept in memory.

The headings of a guide have the same order in both languages. Their addresses come from the English headings, so a
link to a section works in both.
"""

import re
from functools import cache
from typing import NamedTuple

from markdown_it import MarkdownIt
from markupsafe import Markup

import config

FOLDER = config.ROOT / "docs" / "guide"
# In the order of the contents. The last one tells what each version changed.
NAMES = (
    "clerk", "warrant-officer", "manager", "measures", "imports", "unit-administrator", "administrator", "auditor",
    "release-notes",
)  # fmt: skip
GUIDE_LINK = re.compile(r"(?P<name>[a-z-]+)\.(?:en|km)\.md")
LANGUAGE_LINE = re.compile(r"^\[[^\n]*\.md\)\n", re.MULTILINE)  # under the title: links to the other guides
RULE_NUMBER = re.compile(r"V\d{3}")


class Section(NamedTuple):
    """A heading of a guide with the text below it, up to the next heading."""

    slug: str
    title: str
    level: int
    html: Markup
    text: str


class Guide(NamedTuple):
    """One guide in one language."""

    name: str
    title: str
    sections: tuple


def has_guide(name):
    return name in NAMES


@cache
def load_guide(name, language):
    """Return the guide with its sections as HTML."""
    parts = _split_sections(_read_source(name, language))
    slugs = [_make_slug(title) for _level, title, _source in _split_sections(_read_source(name, "en"))]
    renderer = _make_renderer()
    sections = [
        Section(slug, title, level, *_render(renderer, source))
        for slug, (level, title, source) in zip(slugs, parts, strict=True)
    ]
    # The text between the title and the first heading belongs to the title.
    return Guide(name, sections[0].title, tuple(sections))


def list_guides(language):
    return [load_guide(name, language) for name in NAMES]


def _read_source(name, language):
    return LANGUAGE_LINE.sub("", (FOLDER / f"{name}.{language}.md").read_text("utf-8"), count=1)


def _split_sections(source):
    """Return (level, title, Markdown) of each heading."""
    pieces = re.split(r"^(#{1,3}) (.+)$", source, flags=re.MULTILINE)
    return [(len(pieces[i]), pieces[i + 1].strip(), pieces[i + 2]) for i in range(1, len(pieces), 3)]


def _make_slug(title):
    """Return the address of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _make_renderer():
    """Return a renderer of CommonMark with tables. It escapes HTML, and shows no picture of a page that is open."""
    renderer = MarkdownIt("commonmark", {"html": False}).enable("table")
    renderer.add_render_rule("table_open", lambda *_: '<div class="scroll-x"><table class="tbl">')
    renderer.add_render_rule("table_close", lambda *_: "</table></div>")
    renderer.add_render_rule("image", lambda *_: "")
    return renderer


def _render(renderer, source):
    """Return (HTML, plain text) of the Markdown of a section."""
    tokens = renderer.parse(source)
    words = []
    for token in tokens:
        if token.type == "inline":
            for child in token.children:
                if child.type == "link_open":
                    child.attrs["href"] = _find_address(child.attrs["href"])
                elif child.type in ("text", "code_inline"):
                    words.append(child.content)
                elif child.type in ("softbreak", "hardbreak"):
                    words.append(" ")
            words.append("\n")
        elif token.type in ("fence", "code_block"):
            words.append(token.content)
    html = renderer.renderer.render(tokens, renderer.options, {})
    return Markup(_link_rules(html)), "".join(words)


def _find_address(target):
    """Return the address within the help of a link between documents."""
    path = target.rsplit("/", 1)[-1]
    if found := GUIDE_LINK.fullmatch(path):
        return f"/help/{found['name']}"
    return "/help/rules" if path == "rules.md" else "/help/"


def _link_rules(html):
    """Return the HTML in which the number of a rule leads to its explanation."""
    return re.sub(
        rf"<code>({RULE_NUMBER.pattern})</code>", r'<a class="code" href="/help/rules#\1">\1</a>', html
    )
