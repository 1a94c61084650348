"""The page on which somebody says which column of a file is what, and how its codes and dates are written."""

from dataclasses import replace

from flask_babel import gettext

from app.imports import meanings, profiles, targets
from app.imports.reading.texts import ENCODINGS

MOST_CODES = 400
LONGEST_NAME = 120


class Columns:
    """The choices of one file: a row for each of its headings. `profile` is what was chosen, `problems` what is wrong."""

    def __init__(self, profile, headings, form=None):
        self.profile, self.headings, self.problems = profile, headings, []
        self.name = ""
        if form is not None:
            self.form = form
            self.name = " ".join(form.get("name", "").split())[:LONGEST_NAME]
            self._take()

    @property
    def rows(self):
        """(number, heading, chosen target, whether it is Limon, its codes as text)."""
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
        names = meanings.names(self.profile.targets)
        return "\n".join(
            f"{names[key]} = {self._said(key, value)}" for key, value in self.profile.fixed.items()
        )

    def _said(self, key, value):
        return meanings.said(self.profile.targets[key], value)

    @property
    def choices(self):
        """(what it belongs to, [(target, its name)]) of everything that a column may be."""
        found = {}
        for one in self.profile.targets.values():
            found.setdefault(meanings.part_of(one), []).append((one.key, one.label))
        return found.items()

    def _take(self):
        columns, limon, codes = {}, [], {}
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
            read = _pairs(self.form.get(f"codes-{number}", ""))
            if read:
                target = self.profile.targets[key]
                codes[key] = {value: meanings.read(target, word) for value, word in read.items()}
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
        keys = {name: key for key, name in meanings.names(found).items()} | {key: key for key in found}
        typed, fixed = _pairs(self.form.get("fixed", "")), {}
        for name, word in typed.items():
            if name in keys:
                fixed[keys[name]] = meanings.read(found[keys[name]], word)
            else:
                self.problems.append(gettext("There is nothing of this name: «%(name)s».", name=name[:60]))
        return fixed

    def hear(self):
        if not self.profile.columns:
            self.problems.append(gettext("Say of at least one column what it is."))
        if not self.profile.source:
            self.problems.append(gettext("Name the register from which the file comes."))
        if self.profile.kind == targets.CASES and "case.old" not in self.profile.columns:
            self.problems.append(gettext("A file of cases needs the column of their old numbers."))
        return not self.problems


def _one_of(value, known):
    return value if value in known else known[0]


def _pairs(text):
    """«ប = ប្រុស; ស = ស្រី», also on lines of their own → {"ប": "ប្រុស", "ស": "ស្រី"}."""
    pairs = (part.partition("=") for part in text.replace("\n", ";").split(";")[:MOST_CODES])
    return {
        value.strip(): key.strip() for value, equals, key in pairs if equals and value.strip() and key.strip()
    }
