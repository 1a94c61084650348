"""Generates synthetic persons. Each belongs to a case, and some are registered twice with another spelling."""

from collections import deque
from datetime import date, timedelta

from app.demo.names import NameLists, respell
from app.demo.plan import PROVINCE_WEIGHTS
from app.demo.population import Population
from app.demo.rows import PersonRow

MAX_REMEMBERED = 400  # persons of a province who may appear in a later case
DAYS_PER_YEAR = 365.2425


class PersonGenerator:
    """Generates persons, and remembers some of each province for later cases."""

    def __init__(self, rng, plan):
        self.rng, self.plan, self.names, self.population = rng, plan, NameLists(), Population()
        self.remembered = {code: deque(maxlen=MAX_REMEMBERED) for code in PROVINCE_WEIGHTS}

    def make_person(self, case, sex, age, foreign=0.0):
        """Return a person of that sex and age (years) on the day of `case`; a foreigner with the share `foreign`."""
        rng = self.rng
        person = PersonRow(
            sex=sex, origin="demo", version=1,
            recorded_at=case.recorded_at, changed_at=case.recorded_at, unit_code=case.unit_code,
        )  # fmt: skip
        born = case.occurred_from.date() - timedelta(
            days=int(age * DAYS_PER_YEAR + rng.draw() * (DAYS_PER_YEAR - 2)) + 1
        )
        person.truly_born, person.alive = born, True
        if foreign and rng.happens(foreign):
            self._name_foreigner(person, case.province_code)
        else:
            self._name_cambodian(person, case.province_code)
        self._set_birth(person, born, age)
        self._describe(person, age, case.province_code)
        person.update_derived()
        return person

    def _name_cambodian(self, person, province):
        rng = self.rng
        family, given = self.names.draw_khmer(rng, person.sex)
        person.nationality = "KH"
        person.surname_km, person.given_km = family.km, given.km
        if rng.happens(0.93):
            person.surname_latin, person.given_latin = family.latin, given.latin
        if rng.happens(0.62):
            father = self.names.given["M"].draw(rng).km
            person.father_name = (
                f"{family.km} {father}" if rng.happens(0.5) else f"{self._draw_family_name()} {family.km}"
            )
        if rng.happens(0.55):
            person.mother_name = f"{self._draw_family_name()} {self.names.given['F'].draw(rng).km}"
        if rng.happens(0.7):
            person.ethnicity = self.population.draw_ethnicity(rng, province)

    def _draw_family_name(self):
        return self.names.family.draw(self.rng).km

    def _name_foreigner(self, person, province):
        rng = self.rng
        nationality = self.population.draw_nationality(rng, province)
        if person.sex not in self.names.list_sexes(nationality):
            nationality = "VN"
        family, given = self.names.draw_foreign(rng, nationality, person.sex)
        person.nationality, person.surname_latin, person.given_latin = nationality, family.latin, given.latin

    def _set_birth(self, person, born, age):
        rng = self.rng
        # Near the age limits of the law the exact day is always known.
        known_to = self.population.birth_known_to.draw(rng) if age > 24 else "day"
        person.birth_precision = known_to
        if known_to == "day":
            person.born_on = born
        elif known_to == "month":
            person.born_on = born.replace(day=1)
        elif known_to == "year":
            person.birth_year = born.year
            person.age_stated = int((person.recorded_at.date() - born).days / DAYS_PER_YEAR)
        else:
            person.age_from, person.age_to = age - rng.between(1, 4), age + rng.between(1, 6)

    def _describe(self, person, age, province):
        rng, grown = self.rng, age >= 18
        home = self.plan.provinces[province if rng.happens(0.9) else rng.pick(list(PROVINCE_WEIGHTS))]
        if rng.happens(0.88):
            person.home_code = rng.pick(home.villages)
        if person.nationality == "KH" and rng.happens(0.6):
            person.birthplace_code = rng.pick(home.communes)
        if grown:
            person.occupation = self.population.work[person.sex].draw(rng)
            person.marital = self.population.marital.draw(rng) if age > 21 else "single"
            if person.marital == "married":
                person.children = rng.between(0, 5)
                if person.nationality == "KH" and rng.happens(0.5):
                    other = "F" if person.sex == "M" else "M"
                    person.spouse_name = f"{self._draw_family_name()} {self.names.given[other].draw(rng).km}"
        else:
            person.occupation, person.marital = "pupil" if age > 5 else None, "single"
        if age > 5 and rng.happens(0.7):
            person.education = self.population.schooling.draw(rng) if grown else "primary"
        if grown and rng.happens(0.5):
            person.phone = make_phone_number(rng)
        if rng.happens(0.15) and grown:
            person.height_cm = rng.between(155, 178) if person.sex == "M" else rng.between(146, 166)

    def make_unidentified(self, case, sex, age):
        """Return an unidentified person with an age range and a sex."""
        person = PersonRow(
            sex=sex, origin="demo", version=1, unidentified=True, nationality="unknown", birth_precision="estimated",
            age_from=age - 4, age_to=age + 6,
            recorded_at=case.recorded_at, changed_at=case.recorded_at, unit_code=case.unit_code,
        )  # fmt: skip
        person.truly_born, person.alive = (
            case.occurred_from.date() - timedelta(days=int(age * DAYS_PER_YEAR)),
            False,
        )
        person.update_derived()
        return person

    def make_second_record(self, case, original):
        """Return the same person registered again by a clerk who did not find the first record."""
        rng = self.rng
        person = PersonRow(**vars(original))
        person.recorded_at = person.changed_at = case.recorded_at
        person.unit_code = case.unit_code
        person.phone = person.height_cm = person.photo_missing = None
        field = rng.pick(
            [name for name in ("surname_km", "given_km", "given_latin") if vars(person).get(name)]
        )
        setattr(
            person,
            field,
            respell(rng, vars(person)[field], "latin" if field == "given_latin" else "khmer"),
        )
        if (
            rng.happens(0.3)
            and person.born_on
            and person.birth_precision == "day"
            and person.born_on.day <= 12
        ):
            person.born_on = date(person.born_on.year, person.born_on.day, person.born_on.month)
        elif rng.happens(0.2):
            person.father_name = person.mother_name = None
        person.update_derived()
        return person

    def remember_person(self, person, province):
        if person.alive and not person.unidentified:
            self.remembered[province].append(person)

    def find_known(self, case, fits):
        """Return a remembered person of this province who `fits`, or None."""
        candidates = self.remembered[case.province_code]
        for _try in range(8 if candidates else 0):
            person = self.rng.pick(candidates)
            if person.alive and fits(person):
                return person
        return None


def make_phone_number(rng):
    """Return a telephone number with 022, an area code that was not in use when this was written."""
    return f"022 {rng.digits(3)} {rng.digits(3)}"
