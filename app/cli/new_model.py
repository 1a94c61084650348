"""Writes a new record class: its model, its view, its line in the list of the REST API, and the topic of its help."""

import ast
import re
import subprocess
import sys

import config
from app.help import topics

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
        return str(self.{heading} or "")
'''
LINK = """    {owner}_id: Mapped[int] = mapped_column(ForeignKey("{owner}.id"), index=True)
    {owner}: Mapped[{model}] = link({owner}_id, lookup="{owner}", label=_("{model}"), on="list show add")
"""
VIEW = """class {name}View(RecordView):
    datamodel = SQLAInterface({name})
    resource_name, icon = "{resource}", "file-text"
    list_title, show_title, add_title, edit_title = (
        _("{plural}"), _("{title}"), _("Add {lower}"), _("Edit {lower}"),
    )
{lead}"""


def write_model(name, feature, owner, fields):
    """Write into the files and return their paths. Exit if the feature cannot take the model."""
    folder = config.ROOT / "app" / feature
    views = folder / "views.py"
    if not re.fullmatch("([A-Z][a-z]+)+", name):
        sys.exit("Write the name of the model as WitnessNote: words that begin with a capital letter.")
    if not re.fullmatch("[a-z_]+", feature):
        sys.exit("Write the name of the feature in small letters.")
    _create_feature(folder, views)
    words = re.findall("[A-Z][a-z]+", name)
    table, title = "_".join(words).lower(), " ".join(words).capitalize()
    models = folder / "models"
    path = models / f"{table}.py" if models.is_dir() else folder / "models.py"
    written = path.read_text("utf8") if path.exists() else ""
    if f"\nclass {name}(" in written or (models.is_dir() and written):
        sys.exit(f"{path.relative_to(config.ROOT)} has this model already.")
    imports, bases = OWNERS[owner]
    lines = [_field_line(*spec.partition(":")[::2]) for spec in fields]
    if owner != "unit":
        lines.insert(0, LINK.format(owner=owner, model=owner.capitalize()))
    lead = next(
        (field for field, _colon, kind in (one.partition(":") for one in fields) if _is_text(kind)), ""
    )
    model = MODEL.format(
        name=name, bases=bases, imports=imports, title=title, table=table, fields="\n".join(lines),
        heading=lead or fields[0].partition(":")[0],
    )  # fmt: skip
    path.write_text(add_code(written, *model.split("\n\n\n")) if written else model, "utf8")
    module = ".".join(path.relative_to(config.ROOT).with_suffix("").parts)
    text = views.read_text("utf8")
    noun = f"{'an' if title[0] in 'AEIOU' else 'a'} {title.lower()}"
    resource = _make_plural(table.replace("_", "-"))
    view = VIEW.format(
        name=name, resource=resource, plural=_make_plural(title), title=title, lower=noun,
        lead=f'    cell_kinds = {{"{lead}": "lead"}}\n' if lead else "",
    )  # fmt: skip
    needed = (
        f"from {module} import {name}\nfrom flask_appbuilder.models.sqla.interface import SQLAInterface\n"
        "from flask_babel import lazy_gettext as _\nfrom app.kernel.screens.record_view import RecordView"
    )
    views.write_text(add_code(text, needed, view), "utf8")
    for arguments in (["check", "--quiet", "--fix", "--select", "I,E402,F401"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *arguments, str(path), str(views)], check=True)
    others = [_add_to_api_list(resource), _add_help_topic(f"{name}View", folder)]
    return [path, views, *filter(None, others)]


def _add_to_api_list(resource):
    """Add a line to the first table of docs/api.md, and return the path."""
    path = config.ROOT / "docs" / "api.md"
    before, _blank, after = path.read_text("utf8").partition(" |\n\n")
    path.write_text(f"{before} |\n| `{resource}` | yes | yes | yes |\n\n{after}", "utf8")
    return path


def _add_help_topic(view, folder):
    """Add the view to the section that explains most views of its feature, and return the path. A new feature has none."""
    code = "".join(path.read_text("utf8") for path in folder.rglob("*.py"))
    names = set(re.findall(r"^class (\w+)", code, re.MULTILINE))
    explained = {section: len(names & set(views.split())) for section, views in topics.SECTIONS.items()}
    section = max(explained, key=explained.get)
    if not explained[section]:
        return None
    path = config.ROOT / "app" / "help" / "topics.py"
    begin = f'"{section}": "'
    path.write_text(path.read_text("utf8").replace(begin, f"{begin}{view} ", 1), "utf8")
    return path


def add_code(text, imports, code):
    """Return the text of a module with more imports after its docstring, and more code at the end.

    A name that the module imports already is not imported again, also from another module.
    """
    docstring_end = text.index('"""', 3) + 3
    nodes = [node for node in ast.parse(text).body if isinstance(node, ast.ImportFrom | ast.Import)]
    known = {alias.asname or alias.name for node in nodes for alias in node.names}
    lines = []
    for line in (imports.partition('"""\n')[2] or imports).splitlines():
        source, _import, names = line.partition(" import ")
        if new := [name for name in names.split(", ") if name and name not in known]:
            lines.append(f"{source} import {', '.join(new)}")
    imports = "\n".join(lines)
    return f"{text[:docstring_end]}\n\n{imports}\n{text[docstring_end:].strip()}\n\n\n{code}"


def _make_plural(word):
    if word.endswith(("s", "x", "ch", "sh")):
        return f"{word}es"
    return f"{word[:-1]}ies" if word.endswith("y") and word[-2] not in "aeiou" else f"{word}s"


def _create_feature(folder, views):
    """Create the folder of a new feature."""
    title = folder.name.replace("_", " ").capitalize()
    folder.mkdir(exist_ok=True)
    for path, text in ((folder / "__init__.py", f"{title}."), (views, f"The screens of {title.lower()}.")):
        if not path.exists():
            path.write_text(f'"""{text}"""\n', "utf8")


def _is_text(kind):
    return kind.removesuffix("!") == "text" or kind.removesuffix("!").isdecimal()


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
