"""Generates the persons in a case: suspects, victims, witnesses, complainants. They are new or known persons."""

from app.demo.people import DAYS_PER_YEAR
from app.demo.rows import InvolvementRow
from app.demo.seeded_random import Weighted

REPEATED_SHARE = 0.047  # of the new persons are registered already with another spelling
RESERVED_PERSONS = 8  # persons left for the last case, so that the requested number is reached
UNIDENTIFIED_SHARE = 0.01  # of the dead
SUSPECT_ROLES = ("suspect", "child_below_14")
PARTICIPATION = Weighted({"perpetrator": 62, "unknown": 34, "instigator": 4})
OTHER_PARTICIPATION = Weighted({"co_perpetrator": 62, "accomplice": 22, "unknown": 16})
NO_PHOTO = Weighted(
    {"not_available": 62, "asked_criminal_police": 22, "refused": 4, "not_met": 10, "other": 2}
)
STATE = Weighted({"calm": 54, "agitated": 30, "confused": 12, "mental_health": 3, "unknown": 6})


class InvolvementGenerator:
    def __init__(self, rng, plan, people, identities, add):
        self.rng, self.people, self.identities, self.add = rng, people, identities, add
        self.population = people.population
        self.persons, self.cases, self.made, self.seen = plan.persons, plan.cases, 0, 0

    def make_involvements(self, case, choice, suspects, attempt):
        """Return the involvements of a case with this number of known suspects. New persons are added."""
        slots = self._plan_slots(case, choice, suspects, attempt)
        self.seen += 1
        last = self.seen == self.cases
        reserved = 0 if last else min(RESERVED_PERSONS, self.persons // 20)
        due = round((self.persons - reserved) * self.seen / self.cases) - self.made
        while due > len(slots) + (0 if last else 3):  # more persons are needed than this case has
            slots.append(
                ("witness", self._draw_sex(0.4), self.population.draw_age(self.rng, False, 0), False)
            )
        rows, present = [], set()
        for slot in sorted(slots, key=lambda _slot: self.rng.draw()):
            row = self._involve(case, choice, slot, present, new=due > 0, attempt=attempt)
            if row is not None:
                rows.append(row)
                due -= row.is_new
        self._set_details(case, choice, rows)
        return rows

    def _plan_slots(self, case, choice, suspects, attempt):
        """Return [(role, sex, age, whether the person must be new)]."""
        rng = self.rng
        slots = []
        for _each in range(suspects):
            if choice.key in ("theft", "damage") and rng.happens(0.012):
                slots.append(("child_below_14", self._draw_sex(0.15), rng.between(8, 12), True))
            else:
                age = self.population.draw_age(rng, True, choice.minors)
                slots.append(("suspect", self._draw_sex(choice.women), age, age < 18))
        victims = choice.victims.draw(rng)
        for number in range(max(victims, 1) if choice.death and not attempt else victims):
            age = self.population.draw_age(rng, False, choice.minor_victims)
            if age < 18 and choice.victims_below < 18:
                age = rng.between(4, choice.victims_below - 1)
            dies = choice.death and number == 0 and not attempt
            protected = choice.sensitivity != "normal"
            slots.append(
                (
                    "victim_dead" if dies else "victim",
                    self._draw_sex(choice.women_victims),
                    age,
                    dies or protected or age < 18,
                )
            )
        if rng.happens(choice.complainant):
            slots.append(
                (
                    "civil_party" if rng.happens(0.06) else "complainant",
                    self._draw_sex(0.4),
                    self.population.draw_age(rng, False, 0),
                    False,
                )
            )
        for share in (0.22, 0.05):
            if rng.happens(share):
                slots.append(
                    ("witness", self._draw_sex(0.4), self.population.draw_age(rng, False, 0.02), False)
                )
        return slots

    def _draw_sex(self, women):
        return "F" if self.rng.happens(women) else "M"

    def _involve(self, case, choice, slot, present, new, attempt):
        role, sex, age, must_be_new = slot
        rng, suspect = self.rng, role in SUSPECT_ROLES

        def fits(person):
            years = (case.occurred_from.date() - person.truly_born).days / DAYS_PER_YEAR
            return person.sex == sex and person.id not in present and 18 < years < 75

        person = (
            None
            if must_be_new or (new and not rng.happens(REPEATED_SHARE))
            else self.people.find_known(case, fits)
        )
        is_new = person is None or new
        if (
            person is None
            and not new
            and not must_be_new
            and (role == "witness" or self.made >= self.persons)
        ):
            return None  # no known person fits, and no new one is needed
        if person is None:
            person = self._new_person(case, choice, role, sex, age, suspect)
        elif new:
            person = self.people.make_second_record(case, person)
            self._register(case, person)
        present.add(person.id)
        row = InvolvementRow(
            case=case, case_id=case.id, person=person, person_id=person.id, role="victim" if role == "victim_dead" else role,
            version=1, unit_code=case.unit_code, recorded_at=case.recorded_at, changed_at=case.changed_at,
        )  # fmt: skip
        row.is_new = is_new
        if role.startswith("victim"):
            row.injury = self._draw_injury(choice, dies=role == "victim_dead", attempt=attempt)
            person.alive = person.alive and row.injury != "dead"
        self._set_photo_reason(row, choice, is_new)
        return row

    def _new_person(self, case, choice, role, sex, age, suspect):
        if role == "victim_dead" and self.rng.happens(UNIDENTIFIED_SHARE):
            person = self.people.make_unidentified(case, sex, max(age, 24))
        else:
            share = self.population.foreign_share(case.province_code, suspect, choice.foreign)
            person = self.people.make_person(case, sex, age, 0 if role == "child_below_14" else share)
        self._register(case, person)
        self.identities.add_rows(person, age, suspect)
        return person

    def _register(self, case, person):
        self.made += 1
        self.add(person)
        self.people.remember_person(person, case.province_code)

    def _draw_injury(self, choice, dies, attempt):
        if dies:
            return "dead"
        if choice.death:
            return "serious" if attempt or self.rng.happens(0.4) else "slight"
        return choice.injuries.draw(self.rng) if choice.injuries else "none"

    def _set_photo_reason(self, row, choice, is_new):
        # The demo has no photos, so every row that requires one has a reason.
        if row.role not in (*SUSPECT_ROLES, "victim"):
            return
        born = row.person.born_on
        if row.role == "victim" and choice.sensitivity != "normal":
            row.photo_missing = "victim_protection"
        elif born and (row.case.occurred_from.date() - born).days < 18 * DAYS_PER_YEAR:
            row.photo_missing = "minor"
        else:
            row.photo_missing = NO_PHOTO.draw(self.rng)
        if is_new:
            row.person.photo_missing = row.photo_missing

    def _set_details(self, case, choice, rows):
        rng = self.rng
        has_victims = any(row.role == "victim" for row in rows)
        is_first = True
        for row in rows:
            person = row.person
            if row.role in SUSPECT_ROLES:
                row.participation = (PARTICIPATION if is_first else OTHER_PARTICIPATION).draw(rng)
                is_first = False
                if has_victims and choice.relations:
                    row.relation = choice.relations.draw(rng)
                if rng.happens(0.6):
                    row.intoxication = self._draw_intoxication(choice)
                if rng.happens(0.3):
                    row.state = STATE.draw(rng)
            row.schooling, row.work = person.education, person.occupation
            if rng.happens(0.7):
                row.family = person.marital

    def _draw_intoxication(self, choice):
        if choice.key == "drug_use":
            return "drugs"
        return "alcohol" if self.rng.happens(choice.drink) else "none" if self.rng.happens(0.8) else "unknown"
