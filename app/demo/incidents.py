"""Generates one case after the other, with all its rows."""

from datetime import timedelta

from app.cases.rules.completeness import SOLVED
from app.cases.rules.dispositions import COURT_STEPS, OPEN
from app.demo.exhibits import FELONY_GRAMS, ExhibitGenerator
from app.demo.identity_rows import IdentityGenerator
from app.demo.involvements import SUSPECT_ROLES, InvolvementGenerator
from app.demo.narratives import NarrativeWriter
from app.demo.people import PersonGenerator
from app.demo.rows import CaseRow, OffenceRow, StepRow, SupplementRow
from app.demo.seeded_random import Weighted

DAY = timedelta(days=1)
LONG_TRIAL = 300 * DAY  # longer than the trials of the demo: a closed case stays closed
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
OLD_CASE = 21 * DAY  # an entry after this time belongs to the backlog
NO_PHOTO_OF_SCENE = Weighted({"not_available": 44, "scene_changed": 34, "no_scene": 18, "other": 4})
WITHOUT_PHOTO = 0.12
# A second offence of some kinds: share, code, class.
SECOND_OFFENCES = {
    "drug_trade": (0.1, "DRUG2012-45", "misdemeanour"),
    "robbery": (0.04, "PC2009-490", "misdemeanour"),
    "fraud": (0.07, "PC2009-628", "misdemeanour"),
}
NEVER_ATTEMPTED = "PC2009-224"  # violence causing death without intent
# Status of a solved case by its age in days.
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
SENT_STATES = ("at_prosecutor", "at_court", "judged", "filed", "closed")


class IncidentGenerator:
    """Generates the rows of cases; `add(row)` gives each an id and collects it."""

    def __init__(self, rng, plan, add):
        self.rng, self.plan, self.add = rng, plan, add
        self.counters = dict(plan.counters)
        people = PersonGenerator(rng, plan)
        self.involvements = InvolvementGenerator(rng, plan, people, IdentityGenerator(rng, add), add)
        self.exhibits, self.narratives = ExhibitGenerator(rng, add), NarrativeWriter(rng, plan.names)

    def make_case(self, moment):
        """Add all rows of the incident of `moment`."""
        rng, choice = self.rng, moment.kind
        case = self._start_case(moment)
        self.add(case)
        suspects = self._known_suspects(case, choice)
        if not suspects and case.report_kind == "flagrant":
            case.report_kind = "denunciation"
        offence = self.plan.offences[choice.offence_code]
        attempt = offence.code != NEVER_ATTEMPTED and not offence.involuntary and rng.happens(choice.attempt)
        case.involvements = ()  # each is protected by its own `update_derived`
        case.offences = [row := self._offence(case, choice, offence, attempt)]
        involvements = self.involvements.make_involvements(case, choice, suspects, attempt)
        named = [row for row in involvements if row.role in SUSPECT_ROLES]
        case.solved = case.solved and bool(named)
        self._protect(case, choice, involvements)
        self.exhibits.add_exhibits(case, choice, attempt, row.weapon)
        row.offence_class = "felony" if case.grams > FELONY_GRAMS else choice.offence_class or "misdemeanour"
        share, code, offence_class = SECOND_OFFENCES.get(choice.key, (0, None, None))
        if share and case.grams <= FELONY_GRAMS and rng.happens(share):
            second = self._row(OffenceRow, case, offence=self.plan.offences[code], offence_code=code)
            second.offence_class = offence_class
            case.offences.append(second)
        self._set_outcome(case, moment)
        self._add_steps(case)
        case.summary = self.narratives.write_summary(case, choice, len(named), attempt)
        case.modus_operandi_text = self.narratives.write_modus_operandi(row) if rng.happens(0.7) else None
        for one in (*case.offences, *involvements):
            one.update_derived()
            self.add(one)
        del case.offences, case.involvements  # no reference cycles, because the garbage collector is off
        self._supplement(case)

    def _start_case(self, moment):
        rng, province = self.rng, self.plan.provinces[moment.province]
        place = rng.pick(province.villages if rng.happens(0.74) else province.communes)
        unit = province.inspectorates.get(place[:4]) if rng.happens(0.64) else province.unit
        case = CaseRow(
            number=self._number(moment), place=None, place_code=place, unit_code=unit or province.unit,
            occurred_from=moment.occurred, occurred_to=moment.ended, reported_at=moment.reported,
            recorded_at=moment.recorded, changed_at=moment.recorded, version=1, origin="demo",
            time_unknown=rng.happens(0.08), late=moment.late, report_kind=moment.kind.reports.draw(rng),
            place_kind=moment.kind.places.draw(rng),
        )  # fmt: skip
        case.update_derived()
        if moment.late:
            waited = moment.recorded - max(moment.ended or moment.occurred, moment.reported)
            case.late_reason = (
                "old_case" if waited > OLD_CASE and rng.happens(0.6) else LATE_REASONS.draw(rng)
            )
        if rng.happens(WITHOUT_PHOTO):
            case.photo_missing = NO_PHOTO_OF_SCENE.draw(rng)
        if rng.happens(0.16):
            case.place_text = rng.pick(self.narratives.sentences["near"])
        self._set_position(case)
        return case

    def _number(self, moment):
        """Return PP-YYYY-NNNNNN: the next number of the province and the year of entry, as in a real save."""
        key = moment.province, moment.recorded.year
        self.counters[key] = self.counters.get(key, 0) + 1
        return f"{key[0]}-{key[1]}-{self.counters[key]:06d}"

    def _set_position(self, case):
        """Set a position near the center of the commune for some cases."""
        rng = self.rng
        _name, latitude, longitude = self.plan.names[case.commune_code]
        if latitude is not None and rng.happens(0.35):
            case.latitude = round(latitude + (rng.draw() - 0.5) * 0.06, 5)
            case.longitude = round(longitude + (rng.draw() - 0.5) * 0.06, 5)

    def _row(self, model, case, /, **values):
        return model(
            case=case, case_id=case.id, version=1, unit_code=case.unit_code,
            recorded_at=case.recorded_at, changed_at=case.changed_at, **values,
        )  # fmt: skip

    def _known_suspects(self, case, choice):
        """Return the number of known suspects, and set whether the case counts as solved."""
        rng = self.rng
        rate = 0.8 + int(case.province_code) * 7 % 19 / 100  # 80 to 98 % by province
        rate += -0.1 if choice.suspects_may_be_unknown else 0.06
        case.solved = rng.happens(rate)
        if not case.solved and choice.suspects_may_be_unknown and rng.happens(0.75):
            return 0
        return choice.suspects.draw(rng)

    def _offence(self, case, choice, offence, attempt):
        rng = self.rng
        row = self._row(OffenceRow, case, offence=offence, offence_code=offence.code, attempt=attempt)
        row.method, row.means, row.motive = (
            choice.ways.draw(rng),
            choice.means.draw(rng),
            choice.motives.draw(rng),
        )
        if choice.weapons:
            row.weapon = choice.weapons.draw(rng)
        return row

    def _protect(self, case, choice, involvements):
        case.sensitivity = choice.sensitivity
        if choice.sensitivity == "normal" and choice.finds in ("body", "death"):
            day = case.occurred_from.date()
            victims = [row.person for row in involvements if row.role == "victim"]
            if any((day - victim.truly_born).days < 18 * 365.25 for victim in victims):
                case.sensitivity = "minor"

    def _set_outcome(self, case, moment):
        """Set the status of the case and the dates of the investigation."""
        rng, until = self.rng, self.plan.until
        age = (until - moment.recorded).days
        if not case.solved or (age < 3 and rng.happens(0.7)) or (age < 21 and rng.happens(0.3)):
            case.status = "unsolved" if not case.solved and age > 60 and rng.happens(0.86) else "open"
            return
        case.status = next(states for days, states in SOLVED_STATES if age < days).draw(rng)
        case.clearance = "arrest" if case.report_kind == "flagrant" else CLEARANCES.draw(rng)
        first = case.reported_at.date()
        case.solved_on = min(first + int(rng.around(3, 1.4, 300)) * DAY, until.date())
        if case.status in SENT_STATES:
            case.sent_on = min(case.solved_on + rng.between(1, 20) * DAY, until.date())
            if case.status in ("at_court", "judged", "closed"):
                case.court_code = self.plan.provinces[moment.province].court
                case.dossier_no = f"{rng.between(1, 4999)}/{case.sent_on.year}"

    def _add_steps(self, case):
        """Add the steps of procedure that give the outcome, as an import of another system has them."""
        steps = [(SOLVED, case.solved_on, None)] if case.solved_on else []
        if case.sent_on:
            kind = case.status if case.status in COURT_STEPS else COURT_STEPS[0]
            steps.append((kind, case.sent_on, case.court_code))
        if case.status != (steps[-1][0] if steps else OPEN):
            day = (
                min(case.sent_on + LONG_TRIAL, self.plan.until.date())
                if case.sent_on
                else case.reported_at.date()
            )
            steps.append((case.status, day, None))
        before = OPEN
        for kind, day, court in steps:
            clearance = case.clearance if kind == SOLVED else None
            row = self._row(
                StepRow, case, kind=kind, decided_on=day, clearance=clearance, court_code=court, source_row=0,
                previous_status=before,
            )  # fmt: skip
            row.update_derived()
            self.add(row)
            before = kind

    def _supplement(self, case):
        later = case.recorded_at + self.rng.between(3, 120) * DAY
        if self.rng.happens(0.07) and later < self.plan.until:
            row = self._row(
                SupplementRow, case, learned_on=later.date(), text=self.rng.pick(self.narratives.supplements)
            )
            row.recorded_at = row.changed_at = later
            row.update_derived()
            self.add(row)
