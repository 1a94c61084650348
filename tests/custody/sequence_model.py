"""A model of two people and all their acts: what the documents say, computed from the acts alone.

It follows the description of the law and of the life cycles, not the code. Every act has an owner, an effective day and can be
void. Nothing is stored: each question is answered from all acts.
"""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from tests.custody.model import HOURS, MONTHS, STATUS_OF_RELEASE, STRONGEST_FIRST, WANTED_KINDS, add_months

CLEARING = ("acquitted", "non_suit")
ALL = None  # the offences of a case: a judgment is about one of them, or about all
LAST_MINUTE, BEFORE_DECISIONS = time(23, 59), time(23, 58)
SHORTENING = ("reduction", "pardon", "amnesty")
ROLES = ("suspect", "charged", "accused", "convicted_not_final", "convicted")
STILL_HELD = ("transferred", "hospital")
FOLD = {
    **{("returned", state): "returned" for state in ("executed", "died")},
    ("executed", "active"): "executed",
    ("died", "active"): "died",
    ("recalled", "received"): "recalled",
    **{("acquitted", state): "suspended" for state in ("active", "died")},
    **{("recalled", state): "recalled" for state in ("active", "suspended", "died")},
    **{("replaced", state): "replaced" for state in ("active", "suspended")},
}


@dataclass
class Act:
    """One recorded act. `of` is the act that it belongs to."""

    kind: str
    key: int
    at: datetime
    owner: int | None = None
    of: "Act | None" = None
    void: bool = False
    given: dict = field(default_factory=dict)
    entry: int = 0  # its place in the order of entry

    @property
    def day(self):
        return self.at.date()

    @property
    def counts(self):
        """Return True unless the act, or what it belongs to, is void."""
        return not self.void and (self.of is None or self.of.counts)

    @property
    def root(self):
        return self if self.of is None else self.of.root

    def __getattr__(self, name):
        if name in self.given:
            return self.given[name]
        raise AttributeError(name)


class World:
    """Two people, their cases and all acts about them."""

    def __init__(self, begin, now, ages):
        """`ages` are the ages on the day `begin` of the offences. Birthdays are on the last day of the year."""
        self.begin, self.now, self.today, self.ages = begin, now, now.date(), dict(ages)
        self.acts, self.moved = {}, None

    def add(self, kind, key, at, **values):
        of = values.pop("of", None)
        owner, entry = values.pop("owner", None), len(self.acts)
        self.acts[key] = Act(kind, key, at, owner, self.acts.get(of), given=values, entry=entry)

    def void(self, key):
        self.acts[key].void = True
        self.end_notices()

    def end_check(self, key):
        """Void the identification of an order: it has no known person until an officer identifies one again."""
        self.set_person(self.acts[key], None)

    def identify(self, key, person):
        self.set_person(self.acts[key], person)

    def set_person(self, order, person):
        """Set the person of an order. A notice of death was about the person before."""
        order.owner = person
        self.moved = [one for one in self.moved if one is not order] if self.moved is not None else None
        for one in self.find("notice", of=order):
            one.void = True
        self.end_replacements()

    def end_replacements(self):
        """Void the replacements of an order by one about another person, or without a known person."""
        for one in self.find("replacement"):
            one.void = one.of.owner is not None and one.of.owner != self.acts[one.by].owner

    def end_notices(self):
        """Void the notices of death of people whose death is not confirmed any more. A later death needs a new notice."""
        for one in self.find("notice"):
            one.void = not self.find("death", one.root.owner)

    def merge(self):
        self.moved = [one for one in self.acts.values() if one.owner == 1]
        for one in self.moved:
            one.owner = 0

    def unmerge(self):
        """Give the other person back what was theirs, and what was entered later about their cases."""
        cases = {one.case for one in self.moved if one.kind == "involvement" and not one.imported}
        later = [one for one in self.acts.values() if one.kind in ("arrest", "detention", "judgment")]
        for one in (*self.moved, *(one for one in later if one.case in cases)):
            one.owner = 1
        self.moved = None
        self.end_notices()
        self.end_replacements()

    def find(self, kind, person=None, of=None, case=None):
        """Return the acts that count, in order of time."""
        found = [one for one in self.acts.values() if one.kind == kind and one.counts]
        if person is not None:
            found = [one for one in found if one.root.owner == person]
        if of is not None:
            found = [one for one in found if one.of is of]
        if case is not None:
            found = [one for one in found if one.root.case == case]
        return sorted(found, key=lambda one: (one.at, one.key))

    # Cases

    def offences(self, case):
        """Return the keys of the offences of a case."""
        return {one.key for one in self.find("offence", case=case)}

    def judged_offences(self, person, case):
        """Return the offences of a case that the police had entered before they first entered the last final decision."""
        found = [one for one in self.find("judgment", person, case=case) if self.final_on(one)]
        steps = [one for one in self.acts.values() if one.kind == "judgment_step" and one.step == "final"]
        last = max((min(one.entry for one in steps if one.of is each) for each in found), default=None)
        return {one.key for one in self.find("offence", case=case) if last is None or one.entry < last}

    def age_on(self, person, day):
        """Return the age on a day. Birthdays are on the last day of the year."""
        return self.ages[person] + day.year - self.begin.year + ((day.month, day.day) == (12, 31))

    def age_at_offence(self, person, case):
        """Return the age on the day of the offence in a case."""
        return self.age_on(person, next(one.day for one in self.find("involvement", case=case)))

    def band(self, person, case):
        """Return the age for which the table of limits has a row of its own."""
        age = self.age_at_offence(person, case)
        return 30 if age >= 18 else 17 if age >= 16 else 15

    # Judgments

    def last(self, judgment, kind):
        found = [one for one in self.find("judgment_step", of=judgment) if one.step == kind]
        return found[-1].day if found else None

    def is_set_aside(self, judgment):
        return self.last(judgment, "set_aside") is not None

    def final_on(self, judgment):
        return None if self.is_set_aside(judgment) else self.last(judgment, "final")

    def cleared_on(self, person, case):
        """Return the day of the last decision if every decision that counts is final and clears the person, or None.

        Together they are about every offence of the case.
        """
        found = self.find("judgment", person, case=case)
        decided = [one for one in found if not self.is_set_aside(one) and not self.is_replaced(one)]
        about = {one.offence for one in decided}
        is_about_all = ALL in about or about >= self.judged_offences(person, case)
        if (
            decided
            and is_about_all
            and all(one.verdict in CLEARING and self.final_on(one) for one in decided)
        ):
            return max(self.final_on(one) for one in decided)
        return None

    def is_replaced(self, judgment):
        """Return True if later final judgments are about the same offences: the court of appeal has decided again."""
        others = self.find("judgment", judgment.owner, case=judgment.case)
        later = {one.offence for one in others if one.day > judgment.day and self.final_on(one)}
        if judgment.offence is not ALL:
            return bool(later & {ALL, judgment.offence})
        offences = self.judged_offences(judgment.owner, judgment.case)
        return ALL in later or (bool(offences) and later >= offences)

    def role(self, person, case):
        """Return the role of a suspect in a case: no person is called more than the acts in force say.

        An order or a provisional detention charges, a judgment shows that there was a trial, a conviction counts until it is
        set aside or replaced. A final decision that clears the person ends what the detention and the judgments said.
        """
        found = {"suspect"}
        found |= (
            {"charged"}
            if any(self.charges(one, person, case) for one in self.find("order", person))
            else set()
        )
        if self.cleared_on(person, case) is None:
            if any(one.held == "provisional" for one in self.find("detention", person, case=case)):
                found.add("charged")
            for one in self.find("judgment", person, case=case):
                found.add("accused")
                if one.verdict == "convicted" and not self.is_set_aside(one) and not self.is_replaced(one):
                    found.add("convicted" if self.final_on(one) else "convicted_not_final")
        return max(found, key=ROLES.index)

    def charges(self, order, person, case):
        """Return True if an order in effect charges the person in the case.

        An order that names no case counts for a case with its offence that was not later.
        """
        state = self.order_state(order)
        if order.order_kind == "summons" or state in (
            "received",
            "rejected",
            "suspended",
            "recalled",
            "replaced",
        ):
            return False
        if order.case is not None:
            return order.case == case
        (involvement,) = self.find("involvement", person, case=case)
        codes = {one.code for one in self.find("offence", case=case)} | {involvement.given.get("code")}
        return order.code in codes and order.day >= involvement.day

    def contested_on(self, judgment):
        days = [self.last(judgment, kind) for kind in ("opposition", "appeal", "cassation")]
        return max(filter(None, days), default=None)

    def is_sentence_in_force(self, sentence):
        return sentence.counts and not self.is_set_aside(sentence.of) and not self.is_replaced(sentence.of)

    def days_at_large(self, detention):
        """Return the days from each escape to its recapture."""
        days, since = 0, None
        for one in self.find("detention_step", of=detention):
            if one.step == "escape" and since is None:
                since = one.day
            elif one.step == "recapture" and since is not None:
                days, since = days + (one.day - since).days, None
        return days

    def times_held(self, detention):
        """Return (begin, end or None) of each time in which the detention held the person in prison, before its end."""
        found, begin, ended = [], detention.day, self.detention_end(detention)[0]
        for one in self.find("detention_step", of=detention):
            if ended is not None and one.day > ended:
                break
            if one.step == "escape" and begin is not None:
                found, begin = [*found, (begin, one.day)], None
            elif one.step == "recapture" and begin is None:
                begin = one.day
        return found if begin is None else [*found, (begin, ended)]

    def days_outside(self, detentions, until):
        """Return the days before `until` on which none of these detentions held the person, since the first of them."""
        times = [time for one in detentions for time in self.times_held(one)]
        begin = min((begin for begin, _end in times), default=until)
        days = (begin + timedelta(days=number) for number in range((until - begin).days))
        return sum(
            not any(begin <= day and (end is None or day < end) for begin, end in times) for day in days
        )

    def is_at_large(self, detentions):
        """Return True if the person escaped from one of these detentions, and no other of them held the person since."""
        for one in detentions:
            since = self.escaped_on(one)
            times = [time for other in detentions if other is not one for time in self.times_held(other)]
            if since and not any(end is None or end > since or begin >= since for begin, end in times):
                return True
        return False

    def release_on(self, sentence):
        """Return the expected release: start + term - credit - reductions + days outside a prison, or None without one."""
        served = [one for one in self.find("detention") if one.sentence == sentence.key]
        if not self.is_sentence_in_force(sentence) or self.is_at_large(served):
            return None
        changes, starts = self.find("sentence_change", of=sentence), sentence.day
        months = sentence.months - sentence.suspended
        if sentence.penalty == "life":
            commuted = [one.years for one in changes if one.change == "commutation"]
            months = commuted[-1] * 12 if commuted else None
        ends = [one.day for one in changes if one.change == "pardon" and not one.days]
        if months is not None:
            less = sentence.credit + sum(one.days for one in changes if one.change in SHORTENING)
            last = max((begin for one in served for begin, _end in self.times_held(one)), default=starts)
            days = self.days_outside(served, last) - less
            ends.append(add_months(starts, months) + timedelta(days=days))
        return max(min(ends), starts) if ends else None

    def due_on(self, detention):
        """Return the day on which a detention must end: of the sentence, or of the limit with its extensions."""
        if detention.held == "sentence":
            sentence = self.acts[detention.sentence]
            return self.release_on(sentence)
        if self.escaped_on(detention):
            return None
        found = self.find("detention", detention.owner, case=detention.case)
        before = [one for one in found if one.held == "provisional" and one.day < detention.day]
        months = MONTHS[self.band(detention.owner, detention.case)][detention.offence_class]
        for each in (detention, *before):
            months += sum(2 for one in self.find("detention_step", of=each) if one.step == "extension")
        days = self.days_at_large(detention)
        if before:  # one limit covers all of it
            first = min(one.day for one in before)
            days -= (detention.day - first).days - self.days_outside(before, detention.day)
        return max(add_months(detention.day, months) + timedelta(days=days), detention.day)

    # Orders

    def order_state(self, order):
        """Return the state of an order. An arrest of another person does not execute it."""
        arrests = [one for one in self.find("arrest", order.owner) if one.order == order.key]
        arrests += [one.of for one in self.find("link", order.owner) if one.order == order.key]
        arrests = arrests if order.owner is not None else []
        # An arrest without a time was made before the decisions of its day.
        events = [
            (datetime.combine(one.day, BEFORE_DECISIONS) if one.timeless else one.at, "executed")
            for one in arrests
        ]
        events += [(one.effective, "recalled") for one in self.find("recall", of=order)]
        replaced = self.find("replacement", of=order)
        events += [(one.effective, "replaced") for one in replaced if self.acts[one.by].counts]
        alive = self.find("revival", of=order)
        events += [
            (one.at, "died")
            for one in self.find("notice", of=order)
            if not any(end.entry > one.entry and end.at >= one.at for end in alive)
        ]
        events += [(one.at, "returned") for one in self.find("return", of=order)]
        ended = self.find("restoration", of=order)
        events += [
            (one.at, "acquitted")
            for one in self.find("acquittal", of=order)
            if not any(end.entry > one.entry and end.at >= one.at for end in ended)
        ]
        known, moment = order.imported
        if known in ("executed", "returned"):
            # It was known before any other act of its day was entered.
            events = [*((moment, act) for act in ("executed", known)), *events]
        elif known in ("recalled", "rejected"):
            return known  # no second officer has checked it, so nothing can be done under it
        is_of_case = order.owner is not None and order.case is not None
        cleared = self.cleared_on(order.owner, order.case) if is_of_case else None
        if cleared is not None:
            moment = min(datetime.combine(cleared, time.max), self.now)
            events.append((max(moment, datetime.combine(order.day, time())), "acquitted"))
        state = "active" if order.owner is not None else "received"
        for _moment, act in sorted(events, key=lambda one: one[0]):
            state = FOLD.get((act, state), state)
        return "in_force" if state == "active" and order.order_kind == "supervision" else state

    def is_child(self, person, order):
        """Return True below 14 on the day of the offence in the case; without a case, on the day of the order."""
        has_case = order.case is not None
        age = self.age_at_offence(person, order.case) if has_case else self.age_on(person, order.day)
        return age < 14

    def find_sought(self, person, states):
        """Return the orders for which the police look for the person, in one of these states."""
        return [
            one
            for one in self.find("order", person)
            if one.order_kind in WANTED_KINDS
            and self.order_state(one) in states
            and not self.is_child(person, one)
        ]

    def is_wanted(self, person):
        return bool(self.find_sought(person, ("active",)))

    def raises_matches(self, order):
        """Return True if an encounter with the person is reported to the unit in charge of the order: also after a notice of death."""
        is_sought = order.owner is not None and order.order_kind in WANTED_KINDS
        return order.counts and is_sought and self.order_state(order) in ("active", "died")

    # Custody

    def detention_end(self, detention):
        """Return (day, how) of the end of a detention, or (None, None)."""
        releases = self.find("release", of=detention)
        ends = [one for one in self.find("detention_step", of=detention) if one.step == "end"]
        if releases:
            return releases[-1].day, releases[-1].how
        if ends:
            return ends[-1].day, ends[-1].how
        later = [
            one.day
            for one in self.find("detention", detention.root.owner, case=detention.root.case)
            if one is not detention and one.held == "sentence" and one.day >= detention.day
            and (detention.held == "provisional" or self.judged_on(one) > self.judged_on(detention))
        ]  # fmt: skip
        return (min(later), "sentenced") if later else (None, None)

    def judged_on(self, detention):
        return self.acts[detention.sentence].of.day

    def escaped_on(self, detention):
        """Return the day of the last escape without a recapture, or None.

        An arrest between two escapes finds the person without a recapture.
        """
        since = None
        for one in self.find("detention_step", of=detention):
            if one.step == "escape":
                since = one.day
            elif one.step == "recapture":
                since = None
        return since

    def custody_end(self, custody):
        """Return (moment, how) of the end of a custody, or (None, None)."""
        ends = [one for one in self.find("custody_step", of=custody) if one.step == "end"]
        if ends:
            last = ends[-1]
            return datetime.combine(last.day, LAST_MINUTE) if last.timeless else last.at, last.how
        begun = [
            one.day
            for one in self.find("detention", custody.root.owner)
            if one.day > custody.day
            or (
                one.day == custody.day
                and (one.root.case == custody.root.case or self.detention_end(one)[0] != one.day)
            )
        ]
        return (datetime.combine(min(begun), LAST_MINUTE), "detained") if begun else (None, None)

    def has_end_without_time(self, custody):
        ends = [one for one in self.find("custody_step", of=custody) if one.step == "end"]
        return ends[-1].timeless if ends else self.custody_end(custody)[1] == "detained"

    def is_arrest_open(self, arrest):
        """Return True if no custody and no detention accounts for the arrested person."""
        for one in self.find("custody", arrest.owner):
            end, how = self.custody_end(one)
            if end is None:
                return False
            # Another custody of the day can have ended before the arrest, if a time is not known.
            is_same_day = end.date() == arrest.day and one.of is not arrest
            is_unclear = is_same_day and (arrest.timeless or self.has_end_without_time(one))
            # A release in one matter says nothing about an arrest in another matter during that custody.
            is_answer = one.of is arrest or one.at >= arrest.at or how in ("escaped", "died")
            if end >= arrest.at and how not in STILL_HELD and is_answer and not is_unclear:
                return False
        for one in self.find("detention", arrest.owner):
            ended = self.detention_end(one)[0]
            if one.day > arrest.day or (one.day == arrest.day and one.root.case == arrest.case):
                return False
            steps = self.find("detention_step", of=one)
            is_held = self.escaped_on(one) is None or any(
                each.step == "escape" and each.day > arrest.day for each in steps
            )
            if is_held and (ended is None or ended > arrest.day):
                return False
        return True

    def custody_limits(self, person):
        """Return key → legal limit of the custodies of a person."""
        groups = []
        for one in self.find("custody", person):
            continues = groups and (
                any(each.of is one.of for each in groups[-1]) or self.is_moved(groups[-1][-1], one)
            )
            groups.append([*groups.pop(), one] if continues else [one])
        found = {}
        for group in groups:
            granted = sum(
                24 for one in group for step in self.find("custody_step", of=one) if step.step == "extension"
            )
            for one in group:
                hours = HOURS[self.band(person, one.root.case)][one.offence_class] + granted
                found[one.key] = self.earliest_arrival(group[0]) + timedelta(hours=hours)
        return found

    def is_moved(self, before, custody):
        """Return True if a custody soon follows one that ended with a transfer or in hospital."""
        end, how = self.custody_end(before)
        return how in STILL_HELD and custody.at <= end + timedelta(hours=48)

    def earliest_arrival(self, custody):
        """Return the earliest possible arrival: without a time, the beginning of the day or the arrest of that day."""
        return max(custody.at, custody.of.at) if custody.timeless else custody.at

    # Person

    def is_held_since(self, person, moment, but=None):
        """Return True if an arrest, a custody, a detention or a recapture after this moment shows that the person was found."""
        day = moment.date()
        for one in (*self.find("arrest", person), *self.find("custody", person)):
            if one.timeless or self.has_end_without_time(but):
                arrest = one if one.kind == "arrest" else one.of
                may_follow = arrest is not but.of and (one.timeless or one.at >= but.at)
                if one.day > day or (one.day == day and may_follow):
                    return True
            elif one.at >= moment and one is not but:
                return True
        recaptured = [one for one in self.find("detention_step", person) if one.step == "recapture"]
        return any(one.day >= day for one in recaptured) or any(
            one.day >= day and (self.detention_end(one)[0] != day or one.root.case == but.root.case)
            for one in self.find("detention", person)
        )

    def has_died_since(self, person, detention, since):
        """Return True if a custody after the escape of a detention ended with the death of the person."""
        custodies = [one for one in self.find("custody", person) if self.custody_end(one)[1] == "died"]
        return any(one.day > since or (one.day == since and detention.day < since) for one in custodies)

    def find_held(self, person, detention, since):
        """Return True if the person was found since the escape and not let go, or is held now by an act since then.

        A custody that ended on the first day of the detention was before an escape of that day.
        """
        arrests = [one for one in self.find("arrest", person) if self.is_arrest_open(one)]
        at_large = ("released", "escaped")
        custodies = [
            one
            for one in self.find("custody", person)
            if self.custody_end(one)[1] not in at_large
            and (one.day > since or self.custody_end(one)[0] is None or detention.day < since)
        ]
        if any(one.day >= since for one in (*arrests, *custodies)):
            return True
        return any(
            self.detention_end(one)[0] is None and self.escaped_on(one) is None
            and any(day >= since for day in (one.day, *self.recaptured_on(one)))
            for one in self.find("detention", person)
        )  # fmt: skip

    def recaptured_on(self, detention):
        return [one.day for one in self.find("detention_step", of=detention) if one.step == "recapture"]

    def status(self, person):
        found = {"deceased"} if self.find("death", person) else set()
        found |= {"wanted"} if self.is_wanted(person) else set()
        if any(self.is_arrest_open(one) for one in self.find("arrest", person)):
            found.add("in_custody")
        for one in self.find("custody", person):
            end, how = self.custody_end(one)
            if end is None:
                found.add("in_custody")
            elif how == "escaped" and not self.is_held_since(person, end, one):
                found |= set() if self.cleared_on(person, one.root.case) else {"escaped"}
        for one in self.find("detention", person):
            if self.detention_end(one)[0] is not None:
                continue
            escaped_on = self.escaped_on(one)
            if escaped_on is not None and (
                self.cleared_on(person, one.root.case) or self.has_died_since(person, one, escaped_on)
            ):
                continue
            if escaped_on is not None and not self.find_held(person, one, escaped_on):
                found.add("escaped")
            else:  # also a prisoner who was found again: the detention has not ended
                serves = one.held == "sentence" and self.is_sentence_in_force(self.acts[one.sentence])
                found.add("serving" if serves else "detained")
        for one in self.find("release", person):
            steps = self.find("supervision_step", of=one)
            later = [
                each for each in self.find("detention", person, case=one.root.case) if each is not one.of
            ]
            is_over = any(each.step == "end" for each in steps) or any(each.day >= one.day for each in later)
            is_over = is_over or self.cleared_on(person, one.root.case) is not None
            runs = one.until >= self.today if one.until else one.how == "supervision"
            if not is_over and runs:
                shown = STATUS_OF_RELEASE.get(one.how, "released")
                is_of_sentence = one.of.held == "sentence"
                if (
                    one.how == "parole"
                    and is_of_sentence
                    and not self.is_sentence_in_force(self.acts[one.of.sentence])
                ):
                    shown = "released"  # no sentence runs
                found.add(shown)
        supervision = [one for one in self.find("order", person) if one.order_kind == "supervision"]
        if any(self.order_state(one) == "in_force" for one in supervision):
            found.add("supervised")
        if self.is_cleared(person):
            found.add("cleared")
        return next((one for one in STRONGEST_FIRST if one in found), None)

    def is_cleared(self, person):
        """Return True if a final decision has ended the accusation in every case of the person."""
        cases = self.cases_of(person)
        return bool(cases) and all(self.cleared_on(person, case) for case in cases)

    def cases_of(self, person):
        return [one.case for one in self.find("involvement", person) if one.given.get("accused", True)]
