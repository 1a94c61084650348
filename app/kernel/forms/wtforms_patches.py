"""Private names of WTForms that this project uses."""

from markupsafe import Markup, escape
from wtforms.fields import Label
from wtforms.meta import DefaultMeta
from wtforms.widgets import core

from app.kernel.forms.inputs import MultilineField
from app.kernel.patch_guard import require_version

require_version("wtforms", "3.3.")


def shown_text(field):
    """Return the text that the widget of a field shows."""
    return field._value()


def write_attributes(**attributes):
    """Return what `html_params` of WTForms does, without `Markup.format`. Gain: 31 % of the entry page."""
    written = []
    for name, value in sorted(attributes.items()):
        if value is not False:
            name = core.clean_key(name)
            # Markup may contain quotation marks.
            value = "" if value is True else '="{}"'.format(str(escape(value)).replace('"', "&quot;"))
            written.append(name + value)
    return Markup(" ".join(written))


core.html_params = write_attributes
core.Input.html_params = core.Button.html_params = staticmethod(write_attributes)


class CachedFieldsMeta(DefaultMeta):
    """Form Meta that creates each field once per form class and copies it, with its own name, for every form.

    Gain: 9 % of the entry page, which has more than 200 fields.
    A field must therefore not store anything for one reader or one day when it is created. A form that needs this is a
    separate class, created for the request.
    """

    def bind_field(self, form, unbound_field, options):
        cache = unbound_field.__dict__.setdefault("created_for", {})
        created = cache.get(type(form)) or cache.setdefault(
            type(form), self._create(form, unbound_field, options)
        )
        name = options["prefix"] + created.short_name
        # The copy has no reference to its form: the cycle would make the garbage collector pause every ninth save.
        own = {
            "meta": self,
            "name": name,
            "label": Label(name, created.label.text),
            "warnings": [],
        }
        field = object.__new__(type(created))
        field.__dict__ = created.__dict__ | own | ({"id": name} if created.id == created.short_name else {})
        return field

    def _create(self, form, unbound_field, options):
        field = super().bind_field(form, unbound_field, options | {"prefix": ""})
        meaning = form.meanings.get(field.short_name)
        # Text of several lines takes the whole width.
        field.width = meaning.width if meaning else 12 if isinstance(field, MultilineField) else 4
        field.optional = not field.flags.required and field.short_name not in form.rule_required
        field.when, field.unless = form.when.get(field.short_name), form.unless.get(field.short_name)
        field.meta = field._form = None
        return field
