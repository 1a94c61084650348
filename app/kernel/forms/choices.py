"""The boxes in which one chooses: a record found by typing, or a value of a code list."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from wtforms import Field, SelectMultipleField, ValidationError
from wtforms.widgets import html_params

from app.kernel.forms.inputs import refuse
from app.kernel.schema import code_lists, lookups
from app.kernel.schema.display import listed
from app.kernel.schema.fields import parts
from app.kernel.text import khmer

FEW = 12  # choices that a plain select may hold; more become a lookup


class LookupBox(Field):
    """A box found by typing: the key travels hidden, the words are shown.

    `data` is a key for a long code list and a record for a link. Words without a key (no script, or nothing
    chosen) are looked up once more: one exact answer is taken, otherwise the clerk is asked to choose. Of people
    none is taken by words alone: namesakes are many, and the only one of a name may be somebody else.
    """

    widget = None

    def __init__(self, label=None, validators=None, lookup="", **kwargs):
        super().__init__(label, validators, **kwargs)
        self.lookup_name = lookup
        self.words, self.chosen = "", ""

    @property
    def lookup(self):
        return lookups.named(self.lookup_name)

    @property
    def text_name(self):
        return f"{self.name}__text"

    def process(self, formdata, data=None, extra_filters=None, **kwargs):
        sent = formdata is not None and self.text_name in formdata
        self.words = formdata[self.text_name] if sent else ""
        super().process(formdata, *([data] if data is not None else []), extra_filters=extra_filters)

    def process_formdata(self, valuelist):
        if not valuelist and not self.words:
            return
        self.data = None
        try:
            key = khmer.normal(valuelist[0] if valuelist else "")[:60]
        except khmer.Refused:
            refuse(_("This choice is not in the register. Type and choose again."))
        if key:
            self.data = self.lookup.get(key)
            if self.data is None:
                refuse(_("This choice is not in the register. Type and choose again."))
            self.chosen = (
                key  # sent again as it came: it may be a word that opens what the key alone does not
            )
        elif self.words.strip():
            words = self.words.strip()
            found = [] if self.lookup.private else self.lookup.find(words)
            bearers = [(item["text"], self.lookup.get(item["id"])) for item in found]
            exact = [record for text, record in bearers if words in (text, str(record))]
            if len(exact) != 1:
                refuse(_("Nothing was chosen. Type some letters and choose a line."))
            self.data = exact[0]

    @property
    def key(self):
        if self.data is None:
            return ""
        if self.chosen:
            return self.chosen
        return (
            self.data if isinstance(self.data, str) else str(getattr(self.data, "code", None) or self.data.id)
        )

    @property
    def shown(self):
        if self.words:
            return self.words
        _list, dot, codes_name = self.lookup_name.partition(".")
        if dot and isinstance(self.data, str):
            return code_lists.label(codes_name, self.data)
        return "" if self.data is None else str(self.data)

    def _value(self):
        return self.key

    def __call__(self, **kwargs):
        private = {"data_post": "1"} if self.lookup.private else {}
        box = html_params(
            type="text",
            id=self.id,
            name=self.text_name,
            value=self.shown,
            role="combobox",
            autocomplete="off",
            aria_expanded="false",
            data_lookup=f"/lookup/{self.lookup_name}",
            class_=f"in {kwargs.pop('class_', kwargs.pop('class', ''))}".strip(),
            **private,
            **kwargs,
        )
        hidden = html_params(type="hidden", name=self.name, value=self.key)
        return Markup("<input %s><input %s>") % (Markup(box), Markup(hidden))


class CodeBox(LookupBox):
    """One value of a code list: a plain select while the list is short, a lookup beyond.

    A retired value stays choosable where the record already has it.
    """

    def __init__(self, label=None, validators=None, codes_name="", **kwargs):
        super().__init__(label, validators, lookup=f"code.{codes_name}", **kwargs)
        self.codes_name = codes_name

    @property
    def choices(self):
        return code_lists.choices(self.codes_name, keep=self.object_data)

    def pre_validate(self, form):
        if self.data and not code_lists.may_choose(self.codes_name, self.data, keep=self.object_data):
            raise ValidationError(gettext("This value is not in the list."))

    def __call__(self, **kwargs):
        choices = self.choices
        if len(choices) > FEW:
            return super().__call__(**kwargs)
        kwargs.pop("placeholder", None)
        css = f"in {kwargs.pop('class_', kwargs.pop('class', ''))}".strip()
        options = [Markup("<option value=''></option>")]
        for key, word in choices:
            chosen = Markup(" selected") if key == self.data else ""
            options.append(Markup('<option value="{}"{}>{}</option>').format(key, chosen, word))
        attributes = Markup(html_params(id=self.id, name=self.name, class_=css, **kwargs))
        return Markup("<select {}>{}</select>").format(attributes, Markup("").join(options))


class OldCodeBox(CodeBox):
    """A value of a code list in a filter: what is retired can be asked for too, and says so."""

    def __init__(self, label=None, validators=None, codes_name="", **kwargs):
        super().__init__(label, validators, codes_name, **kwargs)
        self.lookup_name = f"codes.{codes_name}"

    @property
    def choices(self):
        return list(code_lists.ever(self.codes_name).items())

    def pre_validate(self, form):
        if self.data and self.data not in code_lists.keys(self.codes_name):
            raise ValidationError(gettext("This value is not in the list."))


class SeveralBox(SelectMultipleField):
    """Several keys of a lookup, each ticked by its words; `data` is their text, with commas, in the order of the list.

    What is no longer offered, or never was, stays ticked where it stands: a save takes nothing away that nobody unticked.
    """

    def __init__(self, label=None, validators=None, lookup="", **kwargs):
        super().__init__(label, validators, **kwargs)
        self.lookup_name = lookup

    def process_data(self, value):
        self.data = ",".join(self._ordered(parts(value))) or None

    def process_formdata(self, valuelist):
        self.process_data(",".join(valuelist))

    def pre_validate(self, form):
        known = [*dict(lookups.named(self.lookup_name).every()), *parts(self.object_data)]
        for key in parts(self.data):
            if key not in known:
                raise ValidationError(gettext("«%(key)s» is not in this list.", key=key))

    def populate_obj(self, record, name):
        # In another order it is no other value.
        if set(parts(getattr(record, name))) != set(parts(self.data)):
            super().populate_obj(record, name)

    def _ordered(self, keys):
        places = {key: place for place, (key, _words) in enumerate(lookups.named(self.lookup_name).every())}
        return sorted(dict.fromkeys(keys), key=lambda key: places.get(key, len(places)))

    def iter_choices(self):
        lookup, ticked = lookups.named(self.lookup_name), parts(self.data)
        offered = dict(lookup.every())
        # A long list scrolls: what is ticked stands first, where it is seen.
        for key in dict.fromkeys((*ticked, *offered)):
            yield key, offered.get(key) or lookup.words(key) or key, key in ticked, {}

    @property
    def shown(self):
        return listed(self.lookup_name, self.data)
