"""Form of the column mapping page: the meaning of each column and the format of codes and dates."""

from dataclasses import replace

from flask_babel import gettext

from app.imports import code_mapping, profiles, target_fields
from app.imports.readers.csv_rows import ENCODINGS

MAX_CODES = 400
MAX_NAME_LENGTH = 120


class ColumnForm:
    """Form with a row per heading of the file.

    `profile` holds the choices, `problems` the error messages.
    """

    def __init__(self, profile, headings, form=None):
        self.profile, self.headings, self.problems = profile, headings, []
        self.name = "" if profile.key else profile.name_km
        if form is not None:
            self.form = form
            self.name = " ".join(form.get("name", "").split())[:MAX_NAME_LENGTH]
            self._read_form()

    @property
    def rows(self):
        """Yield (number, heading, target, is Limon, codes as text); after an error the values as sent."""
        if self.problems:
            for number, heading in enumerate(self.headings):
                target, limon, codes = (
                    self.form.get(f"{name}-{number}", "") for name in ("target", "limon", "codes")
                )
                yield number, heading, target, bool(limon), codes
            return
        chosen = {heading: key for key, heading in self.profile.columns.items()}
        for number, heading in enumerate(self.headings):
            key = chosen.get(heading, "")
            codes = self.profile.codes.get(key, {})
            codes_text = "; ".join(
                f"{value} = {self._format_value(key, meaning)}" for value, meaning in codes.items()
            )
            yield number, heading, key, key in self.profile.limon, codes_text

    @property
    def fixed(self):
        """Return the fixed values of all rows, one per line; after an error the text as sent."""
        if self.problems:
            return self.form.get("fixed", "")
        names = code_mapping.name_targets(self.profile.targets)
        return "\n".join(
            f"{names[key]} = {self._format_value(key, value)}" for key, value in self.profile.fixed.items()
        )

    def _format_value(self, key, value):
        return code_mapping.format_key(self.profile.targets[key], value)

    @property
    def choices(self):
        """Return all targets that a column may have."""
        return code_mapping.group_by_part(self.profile.targets.values())

    def _read_form(self):
        columns, limon, codes = {}, [], {}
        if not self.headings:  # the encoding must be set first, before the columns are visible
            columns, limon, codes = self.profile.columns, self.profile.limon, self.profile.codes
        for number, heading in enumerate(self.headings):
            key = self.form.get(f"target-{number}", "")
            if key not in self.profile.targets:
                continue
            if key in columns:
                self.problems.append(
                    gettext(
                        "Two columns are set to «%(name)s». Choose another field for one of them.",
                        name=str(self.profile.targets[key].label),
                    )
                )
            columns[key] = heading
            if self.form.get(f"limon-{number}"):
                limon.append(key)
            pairs = self._parse_pairs(self.form.get(f"codes-{number}", ""))
            if pairs:
                codes[key] = {value: self._parse_value(key, word) for value, word in pairs.items()}
        self.profile = replace(
            self.profile,
            columns=columns, limon=tuple(limon), codes=codes,
            fixed=self._read_fixed(),
            dates=_known_or_first(self.form.get("dates"), profiles.DATES),
            era=_known_or_first(self.form.get("era"), profiles.ERAS),
            encoding=_known_or_first(self.form.get("encoding"), ENCODINGS),
            source=" ".join(self.form.get("source", "").split())[: profiles.MAX_SOURCE_LENGTH],
            cases_of=" ".join(self.form.get("cases_of", "").split())[: profiles.MAX_SOURCE_LENGTH],
        )  # fmt: skip

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
