"""The rows of a list as HTML, built in Python: a template takes three times as long for the same text.

`widgets/list.html` renders the head, the pager and FAB's own lists; both must produce the same cells.
"""

from functools import cache
from typing import Any
from urllib.parse import quote

from flask import current_app
from flask_babel import gettext
from markupsafe import Markup, escape

from app.kernel.schema.display import reader_language

EMPTY_CELL = '<span class="muted none">—</span>'
# Placeholder for the row's name in a label that is translated once for the whole list.
NAME_PLACEHOLDER = "§"


class NameCell(Markup):
    """The HTML of the cell that names its row; `plain` is the name as text, for labels that contain it."""

    plain = ""

    @classmethod
    def from_html(cls, html, plain):
        cell = cls(html)
        cell.plain = plain
        return cell


class RowActions:
    """The links at the end of each row; `show` and `edit` are URL prefixes, empty if the reader may not use them."""

    def __init__(self, show, edit):
        self.show, self.edit = escape(show), escape(edit)
        self.open_label, self.open_title, self.edit_title = _action_labels(reader_language())
        macros: Any = current_app.jinja_env.get_template("parts/icon.html").module
        self.pencil = macros.icon("pencil", "s")

    def __bool__(self):
        return bool(self.show or self.edit)

    def render(self, key, name, is_void=False):
        text = ""
        if self.show:
            text = f'<a class="btn s quiet" href="{self.show}{key}" aria-label="{self.open_title.replace(NAME_PLACEHOLDER, name)}">{self.open_label}</a>'
        if self.edit and not is_void:
            text += f'<a class="btn s quiet icon" href="{self.edit}{key}" aria-label="{self.edit_title.replace(NAME_PLACEHOLDER, name)}">{self.pencil}</a>'
        return f'<td class="acts">{text}</td>' if text else ""


@cache
def _action_labels(_language):
    titles = (
        gettext("Open %(name)s", name=NAME_PLACEHOLDER),
        gettext("Edit %(name)s", name=NAME_PLACEHOLDER),
    )
    return (escape(gettext("Open")), *(str(escape(text)) for text in titles))


def render_rows(columns, kinds, rows, actions, voided=(), form=None):
    """Return the HTML of the rows of a table.

    `columns` are (name, label), `kinds` name → CSS class, `rows` (key, values); `voided` are the keys of voided rows.
    The first column of the kind `lead` (or else the first column) names its row and links to its page, unless its
    value is HTML, which brings its own links. It also says that the row is void. Each row has a checkbox of the form with the id `form`, if there is one.
    """
    box = form and _make_box(form)
    void_tag = f' <span class="tag">{escape(gettext("Void"))}</span>' if voided else ""
    lead = next((i for i, (name, _label) in enumerate(columns) if kinds.get(name) == "lead"), 0)
    start_tags = []
    for i, (name, label) in enumerate(columns):
        kind = kinds.get(name, "")
        if i == lead:
            kind = "lead id" if kind == "id" else "lead"  # no line break inside a number
        css = f' class="{kind}"' if kind else ""
        start_tags.append(f'<td{css} data-l="{escape(label)}">')
    return Markup(
        "".join(
            _render_row(start_tags, lead, key, values, actions, void_tag if key in voided else "", box)
            for key, values in rows
        )
    )


def _make_box(form):
    """Return the cell with the checkbox of a row, in which the name and the key of the row are to be put."""
    label = escape(gettext("Choose %(name)s", name=NAME_PLACEHOLDER))
    start = f'<td class="box"><input type="checkbox" form="{form}" name="rowid" aria-label="{label}" value="'
    return lambda key, name: f'{start.replace(NAME_PLACEHOLDER, name)}{key}"></td>'


def _render_row(start_tags, lead, key, values, actions, void_tag, box):
    key = key if isinstance(key, int) else quote(str(key), safe="")
    name = values[lead]
    if isinstance(name, Markup):
        name = name.plain if isinstance(name, NameCell) else name.striptags()
    name = escape(name)
    html = ['<tr class="voided" data-row tabindex="-1">' if void_tag else '<tr data-row tabindex="-1">']
    if box:
        html.append(box(key, name))
    for i, value in enumerate(values):
        shown = escape(value) if value else EMPTY_CELL
        if i == lead and actions.show and not isinstance(value, Markup):
            shown = f'<a href="{actions.show}{key}">{shown}</a>'
        html.append(f"{start_tags[i]}{shown}{void_tag if i == lead else ''}</td>")
    html.append(actions.render(key, name, bool(void_tag)))
    html.append("</tr>")
    return "".join(html)
