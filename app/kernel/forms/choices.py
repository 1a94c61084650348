"""Choice fields: a record found by typing, a value of a code list, or several values of a lookup."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup, escape
from sqlalchemy import inspect
from wtforms import Field, SelectMultipleField, ValidationError
from wtforms.utils import unset_value

from app.kernel.forms.inputs import SHOWN_SUFFIX, raise_invalid
from app.kernel.forms.wtforms_patches import write_attributes
from app.kernel.schema import code_lists, lookups
from app.kernel.schema.display import format_keys
from app.kernel.schema.fields import split_keys
from app.kernel.text import khmer

TEXT_SUFFIX = "__text"  # names the visible text of a field that finds a record
SELECT_LIMIT = 12  # choices in a select element; longer lists become a lookup


class LookupField(Field):
    """A choice found by typing: the key is a hidden input, the text is visible.

    `data` is a key for a long code list and a record for a link. Text without a key (no script, or nothing selected)
    is looked up again: one exact match is taken, otherwise the clerk must select. A person is never taken by text
    alone: namesakes are frequent, and the only match may be another person.
    """

    widget = None

    def __init__(self, label=None, validators=None, lookup="", **kwargs):
        super().__init__(label, validators, **kwargs)
        self.lookup_name = lookup
        self.words, self.chosen = "", ""

    @property
    def lookup(self):
        return lookups.get_lookup(self.lookup_name)

    @property
    def text_name(self):
        return f"{self.name}{TEXT_SUFFIX}"

    def process(self, formdata, data=None, extra_filters=None, **kwargs):
        sent = formdata is not None and self.text_name in formdata
        self.words = formdata[self.text_name] if sent else ""
        super().process(formdata, *([data] if data is not None else []), extra_filters=extra_filters)

    def process_formdata(self, valuelist):
        if not valuelist and not self.words:
            return
        self.data = None
        try:
            key = khmer.normalize(valuelist[0] if valuelist else "")[:60]
        except khmer.InvalidText:
            raise_invalid(_("This choice is not in E-Crime. Type and choose again."))
        if key:
            self.data = self.lookup.get(key)
            if self.data is None:
                raise_invalid(_("This choice is not in E-Crime. Type and choose again."))
            # Sent again unchanged: it may be a token that grants more than the key alone.
            self.chosen = key
        elif self.words.strip():
            words = self.words.strip()
            found = [] if self.lookup.private else self.lookup.find(words)
            matches = [(item["text"], self.lookup.get(item["id"])) for item in found]
            exact = [record for text, record in matches if words in (text, str(record))]
            if len(exact) != 1:
                raise_invalid(_("Nothing was selected. Type some letters and select an entry."))
            self.data = exact[0]
        self._refuse_unselectable()

    def _refuse_unselectable(self):
        """Refuse a record that no new record may name. The stored value stays valid."""
        explain = self.lookup.explain
        if explain is None or self.data is None or self.data is self.object_data:
            return
        refusal = explain(self.data)
        if refusal is not None:
            raise_invalid(refusal)

    @property
    def key(self):
        if self.data is None:
            return ""
        if self.chosen:
            return self.chosen
        if isinstance(self.data, str):
            return self.data
        return str(inspect(self.data).mapper.primary_key_from_instance(self.data)[0])

    @property
    def display_text(self):
        if self.words:
            return self.words
        if self.chosen and self.data is not None and self.lookup.private:
            # No search was logged that showed the name.
            return getattr(self.data, "number", None) or self.chosen
        _list, dot, codes_name = self.lookup_name.partition(".")
        if dot and isinstance(self.data, str):
            return code_lists.label(codes_name, self.data)
        return "" if self.data is None else str(self.data)

    def _value(self):
        return self.key

    def __call__(self, **kwargs):
        private = {"data_post": "1"} if self.lookup.private else {}
        visible = write_attributes(
            type="text",
            id=self.id,
            name=self.text_name,
            value=self.display_text,
            role="combobox",
            autocomplete="off",
            aria_expanded="false",
            data_lookup=f"/lookup/{self.lookup_name}",
            class_=f"in {kwargs.pop('class_', kwargs.pop('class', ''))}".strip(),
            **private,
            **kwargs,
        )
        hidden = write_attributes(type="hidden", name=self.name, value=self.key)
        return Markup(f"<input {visible}><input {hidden}>")


class CodeField(LookupField):
    """One value of a code list: a select element for a short list, a lookup for a long one.

    A retired value can still be selected if the record already has it.
    """

    def __init__(self, label=None, validators=None, codes_name="", **kwargs):
        super().__init__(label, validators, lookup=f"code.{codes_name}", **kwargs)
        self.codes_name = codes_name

    @property
    def choices(self):
        return code_lists.choices(self.codes_name, keep=self.object_data)

    def pre_validate(self, form):
        if self.data and not code_lists.is_selectable(self.codes_name, self.data, keep=self.object_data):
            raise ValidationError(gettext("This value is not in the list."))

    def __call__(self, **kwargs):
        choices = self.choices
        if len(choices) > SELECT_LIMIT:
            return super().__call__(**kwargs)
        kwargs.pop("placeholder", None)
        css = f"in {kwargs.pop('class_', kwargs.pop('class', ''))}".strip()
        # A page of entry has a thousand options: `Markup.format` takes five times as long.
        options = "".join(
            f'<option value="{escape(key)}"{" selected" if key == self.data else ""}>{escape(word)}</option>'
            for key, word in choices
        )
        attributes = write_attributes(id=self.id, name=self.name, class_=css, **kwargs)
        return Markup(f"<select {attributes}><option value=''></option>{options}</select>")


class CodeFilterField(CodeField):
    """A value of a code list in a filter, which includes retired values and marks them."""

    def __init__(self, label=None, validators=None, codes_name="", **kwargs):
        super().__init__(label, validators, codes_name, **kwargs)
        self.lookup_name = f"codes.{codes_name}"

    @property
    def choices(self):
        return list(code_lists.choices_with_retired(self.codes_name).items())

    def pre_validate(self, form):
        if self.data and self.data not in code_lists.keys(self.codes_name):
            raise ValidationError(gettext("This value is not in the list."))


class MultiLookupField(SelectMultipleField):
    """Several keys of a lookup as checkboxes. `data` is the keys joined by commas, in the order of the list.

    A stored key that is no longer offered stays ticked, so that a save removes only what the user unticked. With `narrowed`,
    the page offers only these keys.
    """

    narrowed = None

    def __init__(self, label=None, validators=None, lookup="", **kwargs):
        super().__init__(label, validators, **kwargs)
        self.lookup_name = lookup

    def process(self, formdata, data=unset_value, extra_filters=None):
        """Keep the stored keys if a program does not send the field; a browser sends a marker with no key."""
        sent = formdata is None or self.name in formdata or f"{self.name}{SHOWN_SUFFIX}" in formdata
        super().process(formdata if sent else None, data, extra_filters)

    def process_data(self, value):
        self.data = ",".join(self._ordered(split_keys(value))) or None

    def process_formdata(self, valuelist):
        self.process_data(",".join(valuelist))

    def pre_validate(self, form):
        given = [key for key in split_keys(self.data) if key not in split_keys(self.object_data)]
        offered = dict(lookups.get_lookup(self.lookup_name).every()) if given else {}
        for key in given:
            if key not in offered:
                raise ValidationError(gettext("«%(key)s» is not in this list.", key=key))

    def populate_obj(self, record, name):
        # Another order is not a change of the value.
        if set(split_keys(getattr(record, name))) != set(split_keys(self.data)):
            super().populate_obj(record, name)

    def _ordered(self, keys):
        if len(keys) < 2:
            return keys
        offered = lookups.get_lookup(self.lookup_name).every()
        places = {key: place for place, (key, _words) in enumerate(offered)}
        return sorted(dict.fromkeys(keys), key=lambda key: places.get(key, len(places)))

    def iter_choices(self):
        lookup, ticked = lookups.get_lookup(self.lookup_name), split_keys(self.data)
        offered = dict(lookup.every())
        if self.narrowed is not None:
            offered = {key: offered[key] for key in self.narrowed if key in offered}
        # A long list scrolls, so the ticked choices come first.
        for key in dict.fromkeys((*ticked, *offered)):
            yield key, offered.get(key) or lookup.words(key) or key, key in ticked, {}

    @property
    def display_text(self):
        return format_keys(self.lookup_name, self.data)
