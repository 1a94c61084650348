"""Writes summaries and modus operandi in official Khmer from the parts in data/sentences.toml.

Facts without a judgment are described as suspected, and no person is named.
"""

from app.demo import data_files
from app.demo.exhibits import format_loss
from app.kernel.text.dates import format_long_date
from app.kernel.text.khmer import to_khmer_digits


class NarrativeWriter:
    def __init__(self, rng, place_names):
        self.rng, self.place_names = rng, place_names
        self.sentences = data_files.read_toml("sentences")
        self.supplements = self.sentences["supplements"]["texts"]
        self.parts_of_day = [(int(hour), words) for hour, words in self.sentences["parts_of_day"].items()]

    def write_summary(self, case, choice, suspects, attempt):
        """Return four or five sentences: the suspected act, the findings, and the actions of the police."""
        pick, sentences = self.rng.pick, self.sentences
        act = pick(choice.attempted if attempt else choice.acts).replace("{thing}", case.thing)
        if "{money}" in act:
            act = act.replace("{money}", format_loss(self.rng))
        what = pick(sentences["suspected"]).replace("{who}", self._who(suspects)).replace("{act}", act)
        opening = pick(sentences["openings"][case.report_kind])
        first = f"{opening} {self._when(case)} {pick(sentences['places'][case.place_kind])} {self._where(case)} {what}។"
        parts = [
            first,
            pick(sentences["attempt"]) if attempt else "",
            f"{pick(sentences['finds'][choice.finds])}។",
        ]
        parts += [f"{pick(sentences['works'])}។", f"{self._outcome(case)}។"]
        return " ".join(part for part in parts if part)

    def _who(self, suspects):
        if not suspects:
            return self.rng.pick(self.sentences["nobody"])
        return f"ជនសង្ស័យ {to_khmer_digits(suspects)} នាក់"

    def _when(self, case):
        day, moment = format_long_date(case.occurred_from.date(), "km"), case.occurred_from
        if case.time_unknown:
            return f"នៅ{day}"
        if self.rng.happens(0.5):
            return f"នៅ{day} ម៉ោង {to_khmer_digits(f'{moment:%H:%M}')}"
        part = [words for hour, words in self.parts_of_day if hour <= moment.hour][-1]
        return f"{part}{day}"

    def _where(self, case):
        code, names = case.place_code, self.place_names
        if len(code) == 8:
            return f"{names[code][0]} {names[code[:6]][0]}"
        return f"{names[code][0]} {names[code[:4]][0]}"

    def _outcome(self, case):
        outcomes = self.sentences["outcomes"]
        if case.status == "unsolved" or case.clearance is None:
            return self.rng.pick(outcomes["unsolved" if case.status == "unsolved" else "open"])
        return self.rng.pick(outcomes.get(case.clearance) or outcomes["exceptional"])

    def write_modus_operandi(self, offence):
        """Return the modus operandi as text, or None if nothing is known."""
        ways, means = self.sentences["ways"].get(offence.method), self.sentences["means"].get(offence.means)
        parts = [self.rng.pick(words) for words in (ways, means) if words]
        return f"{' '.join(parts)}។" if parts else None
