"""What stands in the log, in sentences: who did what to which record."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.corrections.template_globals import KINDS
from app.kernel.schema.display import language

SENTENCES = {
    "add": _("%(who)s registered: %(what)s"),
    "change": _("%(who)s changed: %(what)s"),
    "delete": _("%(who)s removed: %(what)s"),
    "void": _("%(who)s struck out: %(what)s"),
    "look.list": _("%(who)s looked through a list: %(what)s"),
    "look.search": _("%(who)s searched: %(what)s"),
    "look.open": _("%(who)s opened: %(what)s"),
    "look.file": _("%(who)s opened a file: %(what)s"),
    "look.print": _("%(who)s printed: %(what)s"),
    "look.export": _("%(who)s exported: %(what)s"),
    "export.asked": _("%(who)s asked for more rows than the role may export: %(what)s"),
    "export.approved": _("%(who)s approved an export: %(what)s"),
    "export.refused": _("%(who)s refused an export: %(what)s"),
    "job.fetched": _("%(who)s fetched a file: %(what)s"),
    "look.many": _("%(who)s opened many people within an hour outside own cases"),
    "canary": _("%(who)s looked at a canary record: %(what)s"),
    "canary.set": _("%(who)s made this a canary record: %(what)s"),
    "canary.taken": _("%(who)s took away a canary record: %(what)s"),
    "refused": _("%(who)s was refused: %(what)s"),
    "signin.ok": _("%(who)s signed in"),
    "signin.failed": _("A sign-in failed: %(what)s"),
    "signin.locked": _("Signing in was locked after wrong tries: %(what)s"),
    "signin.opened": _("%(who)s opened a locked sign-in: %(what)s"),
    "signin.again": _("%(who)s gave the password once more"),
    "signout": _("%(who)s signed out"),
    "session.ended": _("%(who)s ended a session: %(what)s"),
    "secondfactor.on": _("%(who)s set up the second step: %(what)s"),
    "secondfactor.off": _("%(who)s removed the second step: %(what)s"),
    "secondfactor.failed": _("A code of the second step was wrong: %(what)s"),
    "secondfactor.recovery": _("%(who)s signed in with a recovery code"),
    "secondfactor.codes": _("%(who)s had new recovery codes made"),
    "password.changed": _("%(who)s changed the own password"),
    "password.reset": _("%(who)s gave a new password: %(what)s"),
    "user.added": _("%(who)s added an account: %(what)s"),
    "user.changed": _("%(who)s changed an account: %(what)s"),
    "user.closed": _("%(who)s closed an account: %(what)s"),
    "user.reopened": _("%(who)s opened an account again: %(what)s"),
    "user.asked": _("%(who)s asked a second administrator: %(what)s"),
    "role.given": _("%(who)s gave a role: %(what)s"),
    "role.taken": _("%(who)s took a role away: %(what)s"),
    "role.asked": _("%(who)s asked for a role: %(what)s"),
    "role.refused": _("%(who)s refused a role: %(what)s"),
    "review.signed": _("%(who)s signed the review of the accounts"),
    "token.made": _("%(who)s made a token for a program: %(what)s"),
    "token.ended": _("%(who)s ended a token of a program: %(what)s"),
    "share": _("%(who)s shared: %(what)s"),
    "breakglass.opened": _("%(who)s opened with a reason outside the own part: %(what)s"),
    "breakglass.reviewed": _("%(who)s reviewed an opening with a reason: %(what)s"),
    "reveal": _("%(who)s had a protected name shown: %(what)s"),
    "import": _("%(who)s brought in a batch of a file: %(what)s"),
    "import.check": _("%(who)s made a trial run of a file: %(what)s"),
    "import.profile": _("%(who)s kept the columns of a file as a profile: %(what)s"),
    "import.let_in": _("%(who)s let in a file: %(what)s"),
    "import.done": _("A file was brought in to its end: %(what)s"),
    "import.sheet": _("%(who)s downloaded what waits of a file: %(what)s"),
    "correction.asked": _("%(who)s asked for a correction: %(what)s"),
    "correction.decided": _("%(who)s decided on a correction: %(what)s"),
    "correction.carried": _("%(who)s carried out a correction: %(what)s"),
    "correction.closed": _("A correction was closed: %(what)s"),
    "duplicate.dismissed": _("%(who)s said that this is another person than the likely duplicate: %(what)s"),
    "joining.asked": _("%(who)s asked about two records of one person: %(what)s"),
    "joining.decided": _("%(who)s refused what was asked about two records: %(what)s"),
    "joining.join": _("%(who)s joined two records of one person: %(what)s"),
    "joining.part": _("%(who)s parted two records that had been joined: %(what)s"),
    "hit.raised": _("%(who)s entered somebody whom an order names: %(what)s"),
    "search.saved": _("%(who)s kept a search: %(what)s"),
    "watch.begun": _("%(who)s began a watch: %(what)s"),
    "watch.ended": _("A watch was ended: %(what)s"),
    "search.dropped": _("%(who)s dropped a saved search: %(what)s"),
    "records.sealed": _("Records were sealed as they are: %(what)s"),
    "register.updated": _("The register was updated"),
    "clock.set": _("The log goes on after a clock that had been ahead"),
}
OTHERS = {
    "user": _("Account"),
    "audit_event": _("Entry of the log"),
    "code": _("Code list"),
    "unit": _("Unit"),
    "duplicate": _("Likely duplicate"),
    "joining": _("Two records of one person"),
    "job": _("Background work"),
    "export": _("Export"),
    "correction": _("Correction"),
    "opening": _("Opening beyond the own part"),
    "passed_warning": _("Warning passed with a reason"),
    "hit": _("Hit"),
    "held_file": _("Scan of a paper"),
    "place": _("Place"),
    "court": _("Court"),
    "prison": _("Prison"),
    "law": _("Law"),
    "offence": _("Offence"),
    "time_limit": _("Time limit"),
    "saved_search": _("Saved search"),
    "staff_review": _("Quarterly review"),
    "weekly_report": _("Odd looks of a week"),
    "import": _("Batch of an import"),
    "import_run": _("Import"),
    "demo": _("Demo data"),
}
OUTCOMES = {
    "ok": _("done"),
    "refused": _("refused"),
    "failed": _("failed"),
    "locked": _("locked"),
    "alarm": _("alarm"),
}


def sentence_of(event, who, what=None):
    """The event as one sentence; `who` is the name of whoever did it, `what` a record that needs no number."""
    sentence = SENTENCES.get(event.action)
    values = {"who": who, "what": what or what_of_event(event)}
    if "other" in event.facts:  # of two records that were joined
        values["what"] += f" · {event.facts['other']}"
    if sentence is None:
        return gettext("%(who)s: %(act)s, %(what)s", act=event.action, **values)
    return str(sentence) % values


def word_of_act(action):
    """The act alone, for a list to choose from."""
    return str(SENTENCES.get(action, action)) % {"who": "…", "what": "…"}


def what_of(entity, entity_id):
    """The kind of a record and its number: no name, which would outlive its erasure in the log."""
    word = str(KINDS.get(entity) or OTHERS.get(entity) or entity)
    if entity_id is None:
        return word or gettext("nothing by that name")
    return f"{word} {f'P-{entity_id:07d}' if entity == 'person' else f'№ {entity_id}'}"


def what_of_event(event):
    """What an event is about; reference data goes by its official code, which names nobody."""
    key = event.facts.get("key", "") if event.entity_id is None else ""
    return f"{what_of(event.entity, event.entity_id)} {key}".rstrip()


def name_of(row):
    """The name of a user from the columns of NAME in `row`, in the reader's script."""
    if row.username is None:
        return gettext("The register")
    if language() == "km" and row.name_km:
        return row.name_km
    return " ".join(filter(None, (row.first_name, row.last_name))) or row.username


def outcome_of(event):
    return str(OUTCOMES.get(event.outcome, event.outcome))
