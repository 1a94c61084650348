"""Summaries and ways of working, composed in official Khmer from the parts of data/sentences.toml.

What is not judged is said as suspected, and nobody is named.
"""

from app.demo import data_files
from app.demo.exhibits import money
from app.kernel.text.dates import long_date
from app.kernel.text.khmer import khmer_digits


class Story:
    def __init__(self, chance, place_names):
        self.chance, self.place_names = chance, place_names
        told = data_files.tree("sentences")
        self.told, self.supplements = told, told["supplements"]["texts"]
        self.parts_of_day = [(int(hour), words) for hour, words in told["parts_of_day"].items()]

    def summary(self, case, choice, suspects, attempt):
        """Four or five sentences: what is suspected to have happened, what was found, what was done."""
        pick, told = self.chance.pick, self.told
        act = pick(choice.attempted if attempt else choice.acts).replace("{thing}", case.thing)
        if "{money}" in act:
            act = act.replace("{money}", money(self.chance))
        what = pick(told["suspected"]).replace("{who}", self._who(suspects)).replace("{act}", act)
        opening = pick(told["openings"][case.report_kind])
        first = f"{opening} {self._when(case)} {pick(told['places'][case.place_kind])} {self._where(case)} {what}។"
        parts = [first, pick(told["attempt"]) if attempt else "", f"{pick(told['finds'][choice.finds])}។"]
        parts += [f"{pick(told['works'])}។", f"{self._outcome(case)}។"]
        return " ".join(part for part in parts if part)

    def _who(self, suspects):
        if not suspects:
            return self.chance.pick(self.told["nobody"])
        return f"ជនសង្ស័យ {khmer_digits(suspects)} នាក់"

    def _when(self, case):
        day, moment = long_date(case.occurred_from.date(), "km"), case.occurred_from
        if case.time_unknown:
            return f"នៅ{day}"
        if self.chance.happens(0.5):
            return f"នៅ{day} ម៉ោង {khmer_digits(f'{moment:%H:%M}')}"
        part = [words for hour, words in self.parts_of_day if hour <= moment.hour][-1]
        return f"{part}{day}"

    def _where(self, case):
        code, names = case.place_code, self.place_names
        if len(code) == 8:
            return f"{names[code][0]} {names[code[:6]][0]}"
        return f"{names[code][0]} {names[code[:4]][0]}"

    def _outcome(self, case):
        outcomes = self.told["outcomes"]
        if case.status == "unsolved" or case.clearance is None:
            return self.chance.pick(outcomes["unsolved" if case.status == "unsolved" else "open"])
        return self.chance.pick(outcomes.get(case.clearance) or outcomes["exceptional"])

    def way(self, offence):
        """The way of working in words; None where nothing is to be said."""
        ways, means = self.told["ways"].get(offence.way), self.told["means"].get(offence.means)
        parts = [self.chance.pick(words) for words in (ways, means) if words]
        return f"{' '.join(parts)}។" if parts else None
