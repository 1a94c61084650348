"""Writes the model and the view of a new record class, with its fields and their standard imports."""

import re
import subprocess
import sys

import config

# The kind after the name of a field → (the annotation, the declaration).
KINDS = {
    "date": ("date", "field(Date, {options})"),
    "datetime": ("datetime", "field(DateTime, {options})"),
    "text": ("str", "field(Text, {options}, width=12)"),
    "number": ("int", "count({options})"),
    "flag": ("bool", "flag(APPLIES, {options})"),
}
OWNERS = {
    "unit": ("from app.kernel.access.owned_by_unit import OwnedByUnit", "OwnedByUnit"),
    "case": ("from app.cases.models.case import Case\nfrom app.cases.row_filter import CaseChild\nfrom app.kernel.access.area import HasArea", "CaseChild, HasArea"),
    "person": ("from app.people.models import Person\nfrom app.people.visibility import PersonChild", "PersonChild"),
}  # fmt: skip
MODEL = '''"""The model {name}."""

from datetime import date, datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import Date, DateTime, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.i18n.yes_no import APPLIES
from app.kernel.schema.fields import code_field, count, field, flag, link
from app.kernel.schema.record import Record
from app.kernel.schema.rules import not_in_the_future
{imports}


class {name}({bases}, Record):
    """{title}."""

    __tablename__ = "{table}"
    __rules__ = ()
    __editable_after_lock__ = ()

{fields}

    def __str__(self):
        return str(self.{first} or "")
'''
LINK = """    {owner}_id: Mapped[int] = mapped_column(ForeignKey("{owner}.id"), index=True)
    {owner}: Mapped[{model}] = link({owner}_id, lookup="{owner}", label=_("{model}"), on="list show add")
"""
VIEW = """

class {name}View(RecordView):
    datamodel = SQLAInterface({name})
    resource_name, icon = "{resource}", "file-text"
    list_title, show_title, add_title, edit_title = (
        _("{title}s"), _("{title}"), _("Add {lower}"), _("Edit {lower}"),
    )
"""


def write_model(name, feature, owner, fields):
    """Write the files and return their paths. Exit if the feature cannot take them."""
    folder = config.ROOT / "app" / feature
    views = folder / "views.py"
    if not re.fullmatch("([A-Z][a-z]+)+", name):
        sys.exit("Write the name of the model as WitnessNote: words that begin with a capital letter.")
    if not views.exists():
        sys.exit(f"app/{feature}/views.py is missing. Create the feature first, or choose another one.")
    words = re.findall("[A-Z][a-z]+", name)
    table, title = "_".join(words).lower(), " ".join(words).capitalize()
    models = folder / "models"
    path = models / f"{table}.py" if models.is_dir() else folder / f"{table}.py"
    if path.exists():
        sys.exit(f"{path.relative_to(config.ROOT)} exists already.")
    imports, bases = OWNERS[owner]
    lines = [_field_line(*spec.partition(":")[::2]) for spec in fields]
    if owner != "unit":
        lines.insert(0, LINK.format(owner=owner, model=owner.capitalize()))
    path.write_text(
        MODEL.format(name=name, bases=bases, imports=imports, title=title, table=table, fields="\n".join(lines), first=fields[0].partition(":")[0]),
        "utf8",
    )  # fmt: skip
    module = ".".join(path.relative_to(config.ROOT).with_suffix("").parts)
    text = views.read_text("utf8")
    docstring_end = text.index('"""', 3) + 3
    noun = f"{'an' if title[0] in 'AEIOU' else 'a'} {title.lower()}"
    view = VIEW.format(name=name, resource=table.replace("_", "-") + "s", title=title, lower=noun)
    needed = (
        f"\n\nfrom {module} import {name}\nfrom flask_appbuilder.models.sqla.interface import SQLAInterface\n"
        "from flask_babel import lazy_gettext as _\nfrom app.kernel.screens.record_view import RecordView"
    )
    views.write_text(f"{text[:docstring_end]}{needed}{text[docstring_end:].rstrip()}\n{view}", "utf8")
    for arguments in (["check", "--quiet", "--fix", "--select", "I,F401,F811"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *arguments, str(path), str(views)], check=True)
    return path, views


def _field_line(name, kind):
    """Return the declaration of a field written as `name:kind`; a `!` at the end makes it required."""
    required, kind = kind.endswith("!"), kind.removesuffix("!")
    options = f'label=_("{name.replace("_", " ").capitalize()}"), on="list show add edit search"'
    if kind.startswith("code."):
        annotation, declaration = "str", f'code_field("{kind.removeprefix("code.")}", {{options}})'
    elif kind.isdecimal():
        annotation, declaration = "str", f"field(String({kind}), {{options}})"
    elif kind in KINDS:
        annotation, declaration = KINDS[kind]
    else:
        sys.exit(
            f"{name}:{kind} is no field. Kinds: {', '.join(KINDS)}, code.LIST, or a number of characters."
        )
    if not required and kind != "flag":
        annotation += " | None"
    return f"    {name}: Mapped[{annotation}] = {declaration.format(options=options)}"
