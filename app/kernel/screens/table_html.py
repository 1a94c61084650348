"""The rows of a list as HTML, written in Python: a template takes three times as long for the same text.

The head, the pager and FAB's own lists are drawn by `widgets/list.html`; both must give the same cells.
"""

from functools import cache
from urllib.parse import quote

from flask import current_app
from flask_babel import gettext
from markupsafe import Markup, escape

from app.kernel.schema.display import language

NOTHING = '<span class="muted none">—</span>'
# A sign that stands for a row's name in a sentence that is translated once for the whole list.
NAME = "§"


class Named(Markup):
    """The HTML of the cell that names its row; `plain` is the name alone, for sentences that speak of it."""

    plain = ""

    @classmethod
    def of(cls, html, plain):
        cell = cls(html)
        cell.plain = plain
        return cell


class Acts:
    """The links at the end of each row: `show` and `edit` begin their addresses, empty where the reader may not."""

    def __init__(self, show, edit):
        self.show, self.edit = escape(show), escape(edit)
        self.open_word, self.open_named, self.edit_named = _words(language())
        self.pencil = current_app.jinja_env.get_template("parts/icon.html").module.icon("pencil", "s")

    def __bool__(self):
        return bool(self.show or self.edit)

    def cell(self, key, name):
        text = ""
        if self.show:
            text = f'<a class="btn s quiet" href="{self.show}{key}" aria-label="{self.open_named.replace(NAME, name)}">{self.open_word}</a>'
        if self.edit:
            text += f'<a class="btn s quiet icon" href="{self.edit}{key}" aria-label="{self.edit_named.replace(NAME, name)}">{self.pencil}</a>'
        return f'<td class="acts">{text}</td>' if text else ""


@cache
def _words(_language):
    named = (gettext("Open %(name)s", name=NAME), gettext("Edit %(name)s", name=NAME))
    return (escape(gettext("Open")), *(str(escape(words)) for words in named))


def body(columns, kinds, rows, acts, struck=()):
    """The rows of a table. `columns` are (name, label), `kinds` name → css class, `rows` (key, values).

    The keys in `struck` are those of rows that were struck out.

    The first column of the kind `lead` (or else the first) names its row and leads to its page, unless the value
    is HTML that brings links of its own.
    """
    lead = next((i for i, (name, _label) in enumerate(columns) if kinds.get(name) == "lead"), 0)
    opening = []
    for i, (name, label) in enumerate(columns):
        kind = kinds.get(name, "")
        if i == lead:
            kind = "lead id" if kind == "id" else "lead"  # a number is not broken where it leads, either
        css = f' class="{kind}"' if kind else ""
        opening.append(f'<td{css} data-l="{escape(label)}">')
    return Markup("".join(_row(opening, lead, key, values, acts, key in struck) for key, values in rows))


def _row(opening, lead, key, values, acts, struck):
    key = key if isinstance(key, int) else quote(str(key), safe="")
    parts = ['<tr class="struck" data-row tabindex="-1">' if struck else '<tr data-row tabindex="-1">']
    for i, value in enumerate(values):
        shown = escape(value) if value else NOTHING
        if i == lead and acts.show and not isinstance(value, Markup):
            shown = f'<a href="{acts.show}{key}">{shown}</a>'
        parts.append(f"{opening[i]}{shown}</td>")
    name = values[lead]
    if isinstance(name, Markup):
        name = name.plain if isinstance(name, Named) else name.striptags()
    name = escape(name)
    parts.append(acts.cell(key, name))
    parts.append("</tr>")
    return "".join(parts)
