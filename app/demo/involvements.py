"""Who is in a case: suspects, victims, witnesses, complainants; new people or some whom the register knows."""

from app.demo.people import YEAR
from app.demo.rows import InvolvementRow
from app.demo.seeded_random import Weighted

TWICE = 0.047  # of the new people are people who are registered already, with another spelling
KEPT_BACK = 8  # people whom only the last case makes, so that their number comes out as asked
UNIDENTIFIED = 0.01  # of the dead
SUSPECTED = ("suspect", "child_below_14")
PART = Weighted({"perpetrator": 62, "unknown": 34, "instigator": 4})
PART_OF_OTHERS = Weighted({"co_perpetrator": 62, "accomplice": 22, "unknown": 16})
NO_PHOTO = Weighted(
    {"not_available": 62, "asked_criminal_police": 22, "refused": 4, "not_met": 10, "other": 2}
)
STATE = Weighted({"calm": 54, "agitated": 30, "confused": 12, "mental_health": 3, "unknown": 6})


class Casts:
    def __init__(self, chance, plan, people, papers, add):
        self.chance, self.people, self.papers, self.add = chance, people, papers, add
        self.population = people.population
        self.persons, self.cases, self.made, self.seen = plan.persons, plan.cases, 0, 0

    def of(self, case, choice, suspects, attempt):
        """The involvements of a case with that many known suspects; its people are made and remembered."""
        slots = self._slots(case, choice, suspects, attempt)
        self.seen += 1
        last = self.seen == self.cases
        kept_back = 0 if last else min(KEPT_BACK, self.persons // 20)
        due = round((self.persons - kept_back) * self.seen / self.cases) - self.made
        while due > len(slots) + (0 if last else 3):  # more people are wanted than such cases have
            slots.append(("witness", self._sex(0.4), self.population.age(self.chance, False, 0), False))
        rows, present = [], set()
        for slot in sorted(slots, key=lambda _slot: self.chance.draw()):
            row = self._involve(case, choice, slot, present, new=due > 0, attempt=attempt)
            if row is not None:
                rows.append(row)
                due -= row.is_new
        self._say_what_each_did(case, choice, rows)
        return rows

    def _slots(self, case, choice, suspects, attempt):
        """(role, sex, age, must be somebody new) of each."""
        chance = self.chance
        slots = []
        for _each in range(suspects):
            if choice.key in ("theft", "damage") and chance.happens(0.012):
                slots.append(("child_below_14", self._sex(0.15), chance.between(8, 12), True))
            else:
                age = self.population.age(chance, True, choice.minors)
                slots.append(("suspect", self._sex(choice.women), age, age < 18))
        victims = choice.victims.of(chance)
        for number in range(max(victims, 1) if choice.death and not attempt else victims):
            age = self.population.age(chance, False, choice.minor_victims)
            if age < 18 and choice.victims_below < 18:
                age = chance.between(4, choice.victims_below - 1)
            dies = choice.death and number == 0 and not attempt
            protected = choice.sensitivity != "normal"
            slots.append(
                (
                    "victim_dead" if dies else "victim",
                    self._sex(choice.women_victims),
                    age,
                    dies or protected or age < 18,
                )
            )
        if chance.happens(choice.complainant):
            slots.append(
                (
                    "civil_party" if chance.happens(0.06) else "complainant",
                    self._sex(0.4),
                    self.population.age(chance, False, 0),
                    False,
                )
            )
        for share in (0.22, 0.05):
            if chance.happens(share):
                slots.append(("witness", self._sex(0.4), self.population.age(chance, False, 0.02), False))
        return slots

    def _sex(self, women):
        return "F" if self.chance.happens(women) else "M"

    def _involve(self, case, choice, slot, present, new, attempt):
        role, sex, age, must_be_new = slot
        chance, suspect = self.chance, role in SUSPECTED

        def fits(person):
            years = (case.occurred_from.date() - person.truly_born).days / YEAR
            return person.sex == sex and person.id not in present and 18 < years < 75

        person = None if must_be_new or (new and not chance.happens(TWICE)) else self.people.known(case, fits)
        is_new = person is None or new
        if (
            person is None
            and not new
            and not must_be_new
            and (role == "witness" or self.made >= self.persons)
        ):
            return None  # nobody known fits, and nobody new is wanted
        if person is None:
            person = self._new_person(case, choice, role, sex, age, suspect)
        elif new:
            person = self.people.again(case, person)
            self._register(case, person)
        present.add(person.id)
        row = InvolvementRow(
            case=case, case_id=case.id, person=person, person_id=person.id, role="victim" if role == "victim_dead" else role,
            version=1, unit_code=case.unit_code, recorded_at=case.recorded_at, changed_at=case.changed_at,
        )  # fmt: skip
        row.is_new = is_new
        if role.startswith("victim"):
            row.injury = self._injury(choice, dies=role == "victim_dead", attempt=attempt)
            person.alive = person.alive and row.injury != "dead"
        self._say_why_no_photo(row, choice, is_new)
        return row

    def _new_person(self, case, choice, role, sex, age, suspect):
        if role == "victim_dead" and self.chance.happens(UNIDENTIFIED):
            person = self.people.unidentified(case, sex, max(age, 24))
        else:
            share = self.population.foreign_share(case.province_code, suspect, choice.foreign)
            person = self.people.new(case, sex, age, 0 if role == "child_below_14" else share)
        self._register(case, person)
        self.papers.of(person, age, suspect)
        return person

    def _register(self, case, person):
        self.made += 1
        self.add(person)
        self.people.remember(person, case.province_code)

    def _injury(self, choice, dies, attempt):
        if dies:
            return "dead"
        if choice.death:
            return "serious" if attempt or self.chance.happens(0.4) else "slight"
        return choice.injuries.of(self.chance) if choice.injuries else "none"

    def _say_why_no_photo(self, row, choice, is_new):
        # The demo has no photos, so each of whom one is asked has a reason.
        if row.role not in (*SUSPECTED, "victim"):
            return
        born = row.person.born_on
        if row.role == "victim" and choice.sensitivity != "normal":
            row.photo_missing = "victim_protection"
        elif born and (row.case.occurred_from.date() - born).days < 18 * YEAR:
            row.photo_missing = "minor"
        else:
            row.photo_missing = NO_PHOTO.of(self.chance)
        if is_new:
            row.person.photo_missing = row.photo_missing

    def _say_what_each_did(self, case, choice, rows):
        chance = self.chance
        has_victims = any(row.role == "victim" for row in rows)
        leads = True
        for row in rows:
            person = row.person
            if row.role in SUSPECTED:
                row.participation = (PART if leads else PART_OF_OTHERS).of(chance)
                leads = False
                if has_victims and choice.relations:
                    row.relation = choice.relations.of(chance)
                if chance.happens(0.6):
                    row.intoxication = self._intoxication(choice)
                if chance.happens(0.3):
                    row.state = STATE.of(chance)
            row.schooling, row.work = person.education, person.occupation
            if chance.happens(0.7):
                row.family = person.marital

    def _intoxication(self, choice):
        if choice.key == "drug_use":
            return "drugs"
        return (
            "alcohol"
            if self.chance.happens(choice.drink)
            else "none"
            if self.chance.happens(0.8)
            else "unknown"
        )
