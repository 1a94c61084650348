"""The page on which somebody says which column of a file is what, and how its codes and dates are written."""

from dataclasses import replace

from flask_babel import gettext

from app.imports import code_mapping, profiles, target_fields
from app.imports.readers.csv_rows import ENCODINGS

MOST_CODES = 400
LONGEST_NAME = 120


class Columns:
    """The choices of one file: a row for each of its headings. `profile` is what was chosen, `problems` what is wrong."""

    def __init__(self, profile, headings, form=None):
        self.profile, self.headings, self.problems = profile, headings, []
        self.name = "" if profile.key else profile.name_km
        if form is not None:
            self.form = form
            self.name = " ".join(form.get("name", "").split())[:LONGEST_NAME]
            self._take()

    @property
    def rows(self):
        """(number, heading, chosen target, whether it is Limon, its codes as text); of what is refused, as it was sent."""
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
            said = "; ".join(f"{value} = {self._said(key, one)}" for value, one in codes.items())
            yield number, heading, key, key in self.profile.limon, said

    @property
    def fixed(self):
        """What is the same for all rows, each on a line of its own; of what is refused, as it was typed."""
        if self.problems:
            return self.form.get("fixed", "")
        names = code_mapping.names(self.profile.targets)
        return "\n".join(
            f"{names[key]} = {self._said(key, value)}" for key, value in self.profile.fixed.items()
        )

    def _said(self, key, value):
        return code_mapping.said(self.profile.targets[key], value)

    @property
    def choices(self):
        """Everything that a column may be."""
        return code_mapping.by_part(self.profile.targets.values())

    def _take(self):
        columns, limon, codes = {}, [], {}
        if not self.headings:  # its encoding is told first: nobody sees its columns yet
            columns, limon, codes = self.profile.columns, self.profile.limon, self.profile.codes
        for number, heading in enumerate(self.headings):
            key = self.form.get(f"target-{number}", "")
            if key not in self.profile.targets:
                continue
            if key in columns:
                self.problems.append(
                    gettext(
                        "Two columns cannot be the same: «%(name)s».",
                        name=str(self.profile.targets[key].label),
                    )
                )
            columns[key] = heading
            if self.form.get(f"limon-{number}"):
                limon.append(key)
            read = self._pairs(self.form.get(f"codes-{number}", ""))
            if read:
                codes[key] = {value: self._meant(key, word) for value, word in read.items()}
        self.profile = replace(
            self.profile,
            columns=columns, limon=tuple(limon), codes=codes,
            fixed=self._fixed(),
            dates=_one_of(self.form.get("dates"), profiles.DATES),
            era=_one_of(self.form.get("era"), profiles.ERAS),
            encoding=_one_of(self.form.get("encoding"), ENCODINGS),
            source=" ".join(self.form.get("source", "").split())[: profiles.LONGEST_SOURCE],
            cases_of=" ".join(self.form.get("cases_of", "").split())[: profiles.LONGEST_SOURCE],
        )  # fmt: skip

    def _fixed(self):
        """Of each line the target, by its name or key, and its value."""
        found = self.profile.targets
        names = code_mapping.names(found)
        keys = {name: key for key, name in names.items()} | {key: key for key in found}
        fixed = {}
        for name, word in self._pairs(self.form.get("fixed", "")).items():
            several = [names[key] for key, one in found.items() if str(one.label) == name]
            if name in keys:
                fixed[keys[name]] = self._meant(keys[name], word)
            elif several:
                text = gettext(
                    "Several are called «%(name)s». Write one of these: %(names)s",
                    name=name,
                    names=", ".join(several),
                )
                self.problems.append(text)
            else:
                self.problems.append(gettext("There is nothing of this name: «%(name)s».", name=name[:60]))
        return fixed

    def _meant(self, key, word):
        """What is kept of a word that was typed for a target; one that the register does not know is a problem."""
        target = self.profile.targets[key]
        kept = code_mapping.read(target, word)
        if not code_mapping.is_known(target, kept):
            text = gettext(
                "«%(value)s» is not in the list of «%(name)s».", value=word[:60], name=str(target.label)
            )
            self.problems.append(text)
        return kept

    def _pairs(self, text):
        """«ប = ប្រុស; ស = ស្រី», also on lines of their own → {"ប": "ប្រុស", "ស": "ស្រី"}; what is no pair is a problem."""
        pairs = {}
        for part in text.replace("\n", ";").split(";")[:MOST_CODES]:
            value, _equals, word = (one.strip() for one in part.partition("="))
            if value and word:
                pairs[value] = word
            elif part.strip():
                self.problems.append(
                    gettext(
                        "«%(text)s» needs a = between what the file writes and what it means.",
                        text=part.strip()[:60],
                    )
                )
        return pairs

    def hear(self):
        if not self.headings:
            return not self.problems
        if not self.profile.columns:
            self.problems.append(gettext("Say of at least one column what it is."))
        if not self.profile.source:
            self.problems.append(gettext("Name the register from which the file comes."))
        if self.profile.kind == target_fields.CASES and "case.old" not in self.profile.columns:
            self.problems.append(gettext("A file of cases needs the column of their old numbers."))
        return not self.problems


def _one_of(value, known):
    return value if value in known else known[0]
