"""One case after the other, with all its rows."""

from datetime import timedelta

from app.demo.exhibits import FELONY_GRAMS, Things
from app.demo.identity_rows import Papers
from app.demo.involvements import SUSPECTED, Casts
from app.demo.narratives import Story
from app.demo.people import People
from app.demo.rows import CaseRow, OffenceRow, SupplementRow
from app.demo.seeded_random import Weighted

DAY = timedelta(days=1)
LATE_REASONS = Weighted(
    {
        "reported_late": 44,
        "no_connection": 16,
        "staff_absent": 14,
        "power_cut": 8,
        "confidential": 6,
        "other": 12,
    }
)
OLD_CASE = 21 * DAY  # entered later than this it is a back-log
NO_PHOTO_OF_SCENE = Weighted({"not_available": 44, "scene_changed": 34, "no_scene": 18, "other": 4})
WITHOUT_PHOTO = 0.12
# A second offence that comes with some: share, code, class.
ALSO = {
    "drug_trade": (0.1, "DRUG2012-45", "misdemeanour"),
    "robbery": (0.04, "PC2009-490", "misdemeanour"),
    "fraud": (0.07, "PC2009-628", "misdemeanour"),
}
NEVER_ATTEMPTED = "PC2009-224"  # violence that caused a death without intent
# State of a solved case by its age in days.
SOLVED_STATES = (
    (14, Weighted({"solved": 78, "at_prosecutor": 22})),
    (90, Weighted({"solved": 40, "at_prosecutor": 46, "at_court": 14})),
    (
        365,
        Weighted({"solved": 16, "at_prosecutor": 24, "at_court": 48, "judged": 8, "filed": 3, "closed": 1}),
    ),
    (
        10**6,
        Weighted({"solved": 12, "at_prosecutor": 6, "at_court": 22, "judged": 46, "filed": 6, "closed": 8}),
    ),
)
CLEARANCES = Weighted(
    {
        "arrest": 870,
        "identified": 112,
        "exceptional_death": 6,
        "exceptional_abroad": 6,
        "exceptional_other": 6,
    }
)
SENT = ("at_prosecutor", "at_court", "judged", "filed", "closed")


class Incidents:
    """Makes the rows of the cases; `add(row)` gives each its id and takes it."""

    def __init__(self, chance, plan, add):
        self.chance, self.plan, self.add = chance, plan, add
        self.counters = dict(plan.counters)
        people = People(chance, plan)
        self.casts = Casts(chance, plan, people, Papers(chance, add), add)
        self.things, self.story = Things(chance, add), Story(chance, plan.names)

    def make(self, moment):
        """All rows of the incident of `moment`."""
        chance, choice = self.chance, moment.kind
        case = self._begin(moment)
        self.add(case)
        suspects = self._known_suspects(case, choice)
        if not suspects and case.report_kind == "flagrant":
            case.report_kind = "denunciation"
        offence = self.plan.offences[choice.offence_code]
        attempt = (
            offence.code != NEVER_ATTEMPTED and not offence.involuntary and chance.happens(choice.attempt)
        )
        case.offences = [row := self._offence(case, choice, offence, attempt)]
        involvements = self.casts.of(case, choice, suspects, attempt)
        named = [row for row in involvements if row.role in SUSPECTED]
        case.solved = case.solved and bool(named)
        self._protect(case, choice, involvements)
        self.things.of(case, choice, attempt, row.weapon)
        row.offence_class = "felony" if case.grams > FELONY_GRAMS else choice.offence_class or "misdemeanour"
        share, code, offence_class = ALSO.get(choice.key, (0, None, None))
        if share and case.grams <= FELONY_GRAMS and chance.happens(share):
            also = self._row(OffenceRow, case, offence=self.plan.offences[code], offence_code=code)
            also.offence_class = offence_class
            case.offences.append(also)
        self._end(case, moment)
        case.summary = self.story.summary(case, choice, len(named), attempt)
        case.way_text = self.story.way(row) if chance.happens(0.7) else None
        for one in (*case.offences, *involvements):
            one.derive()
            self.add(one)
        del case.offences  # they point back at it: no row may need the garbage collector
        self._supplement(case)

    def _begin(self, moment):
        chance, province = self.chance, self.plan.provinces[moment.province]
        place = chance.pick(province.villages if chance.happens(0.74) else province.communes)
        unit = province.inspectorates.get(place[:4]) if chance.happens(0.64) else province.unit
        case = CaseRow(
            number=self._number(moment), place=None, place_code=place, unit_code=unit or province.unit,
            occurred_from=moment.occurred, occurred_to=moment.ended, reported_at=moment.reported,
            recorded_at=moment.recorded, changed_at=moment.recorded, version=1, origin="demo",
            time_unknown=chance.happens(0.08), late=moment.late, report_kind=moment.kind.reports.of(chance),
            place_kind=moment.kind.places.of(chance),
        )  # fmt: skip
        case.derive()
        if moment.late:
            waited = moment.recorded - max(moment.ended or moment.occurred, moment.reported)
            case.late_reason = (
                "old_case" if waited > OLD_CASE and chance.happens(0.6) else LATE_REASONS.of(chance)
            )
        if chance.happens(WITHOUT_PHOTO):
            case.photo_missing = NO_PHOTO_OF_SCENE.of(chance)
        if chance.happens(0.16):
            case.place_text = chance.pick(self.story.told["near"])
        self._stand(case)
        return case

    def _number(self, moment):
        """PP-YYYY-NNNNNN: the next of the province in the year of entry, as a real save counts."""
        key = moment.province, moment.recorded.year
        self.counters[key] = self.counters.get(key, 0) + 1
        return f"{key[0]}-{key[1]}-{self.counters[key]:06d}"

    def _stand(self, case):
        """A position near the centre of the commune, where it is known and the clerk gave one."""
        chance = self.chance
        _name, latitude, longitude = self.plan.names[case.commune_code]
        if latitude is not None and chance.happens(0.35):
            case.latitude = round(latitude + (chance.draw() - 0.5) * 0.06, 5)
            case.longitude = round(longitude + (chance.draw() - 0.5) * 0.06, 5)

    def _row(self, kind, case, **values):
        return kind(
            case=case, case_id=case.id, version=1, unit_code=case.unit_code,
            recorded_at=case.recorded_at, changed_at=case.changed_at, **values,
        )  # fmt: skip

    def _known_suspects(self, case, choice):
        """How many suspects are known; with it whether the case will count as solved."""
        chance = self.chance
        rate = 0.8 + int(case.province_code) * 7 % 19 / 100  # 80 to 98 % by province
        rate += -0.1 if choice.suspects_may_be_unknown else 0.06
        case.solved = chance.happens(rate)
        if not case.solved and choice.suspects_may_be_unknown and chance.happens(0.75):
            return 0
        return choice.suspects.of(chance)

    def _offence(self, case, choice, offence, attempt):
        chance = self.chance
        row = self._row(OffenceRow, case, offence=offence, offence_code=offence.code, attempt=attempt)
        row.way, row.means, row.motive = (
            choice.ways.of(chance),
            choice.means.of(chance),
            choice.motives.of(chance),
        )
        if choice.weapons:
            row.weapon = choice.weapons.of(chance)
        return row

    def _protect(self, case, choice, involvements):
        case.sensitivity = choice.sensitivity
        if choice.sensitivity == "normal" and choice.finds in ("body", "death"):
            day = case.occurred_from.date()
            victims = [row.person for row in involvements if row.role == "victim"]
            if any((day - victim.truly_born).days < 18 * 365.25 for victim in victims):
                case.sensitivity = "minor"

    def _end(self, case, moment):
        """What became of it since."""
        chance, until = self.chance, self.plan.until
        age = (until - moment.recorded).days
        if not case.solved or (age < 3 and chance.happens(0.7)) or (age < 21 and chance.happens(0.3)):
            case.status = "unsolved" if not case.solved and age > 60 and chance.happens(0.86) else "open"
            return
        case.status = next(states for days, states in SOLVED_STATES if age < days).of(chance)
        case.clearance = "arrest" if case.report_kind == "flagrant" else CLEARANCES.of(chance)
        first = case.reported_at.date()
        case.solved_on = min(first + int(chance.around(3, 1.4, 300)) * DAY, until.date())
        if case.status in SENT:
            case.sent_on = min(case.solved_on + chance.between(1, 20) * DAY, until.date())
            if case.status in ("at_court", "judged", "closed"):
                case.court_code = self.plan.provinces[moment.province].court
                case.dossier_no = f"{chance.between(1, 4999)}/{case.sent_on.year}"

    def _supplement(self, case):
        later = case.recorded_at + self.chance.between(3, 120) * DAY
        if self.chance.happens(0.07) and later < self.plan.until:
            row = self._row(
                SupplementRow, case, learned_on=later.date(), text=self.chance.pick(self.story.supplements)
            )
            row.recorded_at = row.changed_at = later
            row.derive()
            self.add(row)
