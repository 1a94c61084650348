"""Form of the column mapping page: the layout of the file, the meaning of each column, and the format of codes and dates."""

from dataclasses import replace

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.imports import code_mapping, computed_columns, profiles, proposals, target_fields
from app.imports.readers import Layout
from app.imports.readers.csv_rows import ENCODINGS
from app.imports.readers.layout import MAX_HEADING_ROWS
from app.imports.readers.limits import MAX_COLUMNS, MAX_ROWS

MAX_CODES = 400
MAX_NAME_LENGTH = 120
FULL_NAME_LABELS = {
    "name.km": _("Full name in Khmer: surname, then given name"),
    "name.latin": _("Full name in Latin letters: surname, then given name"),
}


class ColumnForm:
    """Form with a row per heading of the file.

    `profile` holds the choices, `problems` the error messages. `surveys` are those of the columns.
    """

    def __init__(self, profile, surveys, form=None, sheets=()):
        self.profile, self.surveys, self.problems = profile, surveys, []
        self.headings, self.sheets = [one.heading for one in surveys], sheets
        self.name = "" if profile.key else profile.name_km
        if form is not None:
            self.form = form
            self.name = " ".join(form.get("name", "").split())[:MAX_NAME_LENGTH]
            self._read_form()

    @property
    def rows(self):
        """Yield (number, survey, target, is Limon, codes as text); after an error the values as sent."""
        if self.problems:
            for number, survey in enumerate(self.surveys):
                target, limon, codes = (
                    self.form.get(f"{name}-{number}", "") for name in ("target", "limon", "codes")
                )
                yield number, survey, target, bool(limon), codes
            return
        chosen = {heading: key for key, heading in self.profile.columns.items()}
        for number, survey in enumerate(self.surveys):
            key = chosen.get(survey.heading, "")
            codes = self.profile.codes.get(key, {})
            codes_text = "; ".join(
                f"{value} = {self._format_value(key, meaning)}" for value, meaning in codes.items()
            )
            yield number, survey, key, key in self.profile.limon, codes_text

    @property
    def fixed(self):
        """Return the fixed values of all rows, one per line; after an error the text as sent."""
        if self.problems:
            return self.form.get("fixed", "")
        names = code_mapping.name_targets(self.profile.targets)
        return "\n".join(
            f"{names[key]} = {self._format_value(key, value)}" for key, value in self.profile.fixed.items()
        )

    @property
    def missing(self):
        """Return the labels of the fields that every record needs and that have neither a column nor a fixed value."""
        given = {*self.profile.columns, *self.profile.fixed}
        parts = {key.partition(".")[0] for key in given}
        names = code_mapping.name_targets(self.profile.targets)
        return [
            names[key]
            for key, target in self.profile.targets.items()
            if target.required and key not in given and target.part in parts
        ]

    @property
    def computed_rows(self):
        """Yield (number, computed column or an empty one) with one empty row at the end."""
        for number in range(len(self.profile.computed) + 1):
            yield (
                number,
                dict(enumerate(self.profile.computed)).get(number, {"how": "", "of": [], "argument": ""}),
            )

    def _format_value(self, key, value):
        return code_mapping.format_key(self.profile.targets[key], value)

    @property
    def choices(self):
        """Return all targets that a column may have."""
        groups = list(code_mapping.group_by_part(self.profile.targets.values()))
        return [(gettext("Several fields"), list(FULL_NAME_LABELS.items())), *groups]

    def _read_form(self):
        columns, limon, codes, added = {}, [], {}, []
        if not self.headings:  # the encoding must be set first, before the columns are visible
            columns, limon, codes = self.profile.columns, self.profile.limon, self.profile.codes
        for number, heading in enumerate(self.headings):
            key = self.form.get(f"target-{number}", "")
            if key in FULL_NAME_LABELS:
                part = "order" if self.profile.kind == target_fields.ORDERS else "person"
                split = proposals.split_name(part, key, heading)
                added += split.values()
                targets = {target: one["name"] for target, one in split.items()}
            elif key in self.profile.targets:
                targets = {key: heading}
            else:
                continue
            for target, name in targets.items():
                if target in columns:
                    self.problems.append(
                        gettext(
                            "Two columns are set to «%(name)s». Choose another field for one of them.",
                            name=str(self.profile.targets[target].label),
                        )
                    )
                columns[target] = name
                if self.form.get(f"limon-{number}"):
                    limon.append(target)
            pairs = self._parse_pairs(self.form.get(f"codes-{number}", ""))
            if pairs and key in self.profile.targets:
                codes[key] = {value: self._parse_value(key, word) for value, word in pairs.items()}
        for key, meanings in self.profile.codes.items():  # confirmed on the page of values
            if key in columns and key not in codes and "values" not in self.form:
                codes[key] = meanings
        computed = self._read_computed()
        names = {one["name"] for one in computed}
        self.profile = replace(
            self.profile,
            columns=columns, limon=tuple(limon), codes=codes,
            fixed=self._read_fixed(),
            dates=_known_or_first(self.form.get("dates"), profiles.DATES),
            era=_known_or_first(self.form.get("era"), profiles.ERAS),
            pivot=_read_number(self.form.get("pivot"), 99, None),
            encoding=_known_or_first(self.form.get("encoding"), ENCODINGS),
            source=" ".join(self.form.get("source", "").split())[: profiles.MAX_SOURCE_LENGTH],
            cases_of=" ".join(self.form.get("cases_of", "").split())[: profiles.MAX_SOURCE_LENGTH],
            layout=self._read_layout(),
            computed=tuple(computed + [one for one in added if one["name"] not in names]),
            second=self._read_second(),
        )  # fmt: skip

    def _read_layout(self):
        old = self.profile.layout
        if "heading_row" not in self.form:
            return old
        sheet = self.form.get("sheet", "")
        starts = [_read_number(text, MAX_ROWS, None) for text in self.form.get("starts", "").split(",")]
        starts = sorted({start - 1 for start in starts if start})[:MAX_COLUMNS]
        return Layout(
            sheet=sheet if sheet in self.sheets else "",
            heading_row=_read_number(self.form.get("heading_row"), MAX_ROWS, 0),
            heading_rows=min(
                _read_number(self.form.get("heading_rows"), MAX_HEADING_ROWS, 1) or 1, MAX_HEADING_ROWS
            ),
            last_row=_read_number(self.form.get("last_row"), MAX_ROWS, 0),
            starts=tuple(starts) if len(starts) > 1 else (),
        )

    def _read_second(self):
        second = {name: self.form.get(f"second-{name}", "").strip() for name in ("sheet", "here", "there")}
        if not second["sheet"]:
            return {}
        if second["sheet"] not in self.sheets or not second["here"]:
            self.problems.append(gettext("Choose the second sheet and the column of the common number."))
        second["there"] = second["there"] or second["here"]
        return second

    def _read_computed(self):
        if "how-0" not in self.form:
            return list(self.profile.computed)
        found, old = [], dict(enumerate(self.profile.computed))
        for number in range(computed_columns.MAX_COMPUTED):
            how = self.form.get(f"how-{number}", "")
            if how not in computed_columns.LABELS:
                continue
            of = [one for one in self.form.getlist(f"of-{number}") if one][: computed_columns.MAX_SOURCES]
            argument = self.form.get(f"argument-{number}", "")[:120]
            if not of:
                self.problems.append(gettext("Choose the column from which the new column is made."))
                continue
            if how == computed_columns.LOOKUP and "/" not in argument:
                self.problems.append(gettext("Enter the sheet and its column, for example Courts / Name."))
            stored = old.get(number, {})
            name = stored.get("name") if (stored.get("how"), stored.get("of")) == (how, of) else None
            name = name or f"{' + '.join(of)}: {computed_columns.LABELS[how]}"[:120]
            found.append({"name": name, "how": how, "of": of, "argument": argument})
        return found

    def _read_fixed(self):
        """Return target → value of each line, where a target is given by name or key."""
        targets = self.profile.targets
        names = code_mapping.name_targets(targets)
        keys = {name: key for key, name in names.items()} | {key: key for key in targets}
        fixed = {}
        for name, word in self._parse_pairs(self.form.get("fixed", "")).items():
            several = [names[key] for key, target in targets.items() if str(target.label) == name]
            if name in keys:
                fixed[keys[name]] = self._parse_value(keys[name], word)
            elif several:
                text = gettext(
                    "Several fields are named «%(name)s». Write one of these: %(names)s",
                    name=name,
                    names=", ".join(several),
                )
                self.problems.append(text)
            else:
                self.problems.append(gettext("There is no field named «%(name)s».", name=name[:60]))
        return fixed

    def _parse_value(self, key, word):
        """Return the stored value of a typed word; add a problem if the system does not know it."""
        target = self.profile.targets[key]
        value = code_mapping.parse_word(target, word)
        if not code_mapping.is_known(target, value):
            text = gettext(
                "«%(value)s» is not in the list of «%(name)s». Use a word from the list.",
                value=word[:60],
                name=str(target.label),
            )
            self.problems.append(text)
        return value

    def _parse_pairs(self, text):
        """Return {"ប": "ប្រុស", "ស": "ស្រី"} for «ប = ប្រុស; ស = ស្រី», also on several lines.

        Text without an equals sign becomes a problem.
        """
        pairs = {}
        for part in text.replace("\n", ";").split(";")[:MAX_CODES]:
            value, _equals, word = (part_text.strip() for part_text in part.partition("="))
            if value and word:
                pairs[value] = word
            elif part.strip():
                self.problems.append(
                    gettext(
                        "«%(text)s» has no = sign. Enter the value in the file, then =, then its meaning.",
                        text=part.strip()[:60],
                    )
                )
        return pairs

    def validate(self):
        """Return whether the choices are complete and valid; add problems otherwise."""
        if not self.headings:
            return not self.problems
        if not self.profile.columns:
            self.problems.append(gettext("Choose the meaning of at least one column."))
        if not self.profile.source:
            self.problems.append(gettext("Enter the name of the system that the file comes from."))
        if self.profile.kind == target_fields.CASES and "case.old" not in self.profile.columns:
            self.problems.append(
                gettext("A file of cases needs a column with the old case numbers. Choose that column.")
            )
        return not self.problems


def _known_or_first(value, known):
    return value if value in known else known[0]


def _read_number(text, most, default):
    text = (text or "").strip()
    return (
        int(text) if text.isascii() and text.isdecimal() and len(text) < 9 and int(text) <= most else default
    )
