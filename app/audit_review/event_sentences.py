"""Audit log events as sentences: who did what to which record."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.corrections.template_globals import get_record_type_labels
from app.kernel.audit.models import BACKUP_COMPLETED, LOG_VERIFIED
from app.kernel.schema.display import reader_language

SENTENCES = {
    "record.added": _("%(who)s registered: %(what)s"),
    "record.changed": _("%(who)s changed: %(what)s"),
    "record.deleted": _("%(who)s removed: %(what)s"),
    "access.listed": _("%(who)s viewed a list: %(what)s"),
    "access.searched": _("%(who)s searched: %(what)s"),
    "access.viewed": _("%(who)s opened: %(what)s"),
    "access.file_viewed": _("%(who)s opened a file: %(what)s"),
    "access.printed": _("%(who)s printed: %(what)s"),
    "printout.checked": _("%(who)s checked a printout: %(what)s"),
    "access.exported": _("%(who)s exported: %(what)s"),
    "export.requested": _("%(who)s requested an export above the row limit of the role: %(what)s"),
    "export.approved": _("%(who)s approved an export: %(what)s"),
    "export.refused": _("%(who)s refused an export: %(what)s"),
    "export.acknowledged": _("%(who)s recorded the acknowledgement of an export: %(what)s"),
    "job.downloaded": _("%(who)s downloaded a file: %(what)s"),
    "access.limit_reached": _("%(who)s reached the daily limit of people"),
    "access.rate_limited": _("%(who)s asked too many questions about people in a minute"),
    "file.limit_reached": _("%(who)s reached the daily limit of sent files"),
    "access.bulk_viewed": _("%(who)s opened many people outside their own cases within an hour"),
    "canary.viewed": _("%(who)s viewed a canary record: %(what)s"),
    "canary.added": _("%(who)s marked a record as a canary record: %(what)s"),
    "canary.removed": _("%(who)s removed a canary record: %(what)s"),
    "request.denied": _("%(who)s was refused: %(what)s"),
    "sign_in.succeeded": _("%(who)s signed in"),
    "sign_in.failed": _("A sign-in failed: %(what)s"),
    "sign_in.locked": _("Sign-in was locked after failed attempts: %(what)s"),
    "sign_in.unlocked": _("%(who)s unlocked a sign-in: %(what)s"),
    "sign_in.confirmed": _("%(who)s confirmed their password"),
    "session.signed_out": _("%(who)s signed out"),
    "session.ended": _("%(who)s ended a session: %(what)s"),
    "second_factor.enabled": _("%(who)s set up two-step verification: %(what)s"),
    "second_factor.replaced": _("%(who)s set up another telephone for two-step verification: %(what)s"),
    "second_factor.removed": _("%(who)s removed two-step verification: %(what)s"),
    "second_factor.failed": _("A two-step verification code was wrong: %(what)s"),
    "passkey.added": _("%(who)s added a passkey: %(what)s"),
    "passkey.removed": _("%(who)s removed a passkey: %(what)s"),
    "recovery_code.used": _("%(who)s signed in with a recovery code"),
    "recovery_codes.generated": _("%(who)s generated new recovery codes"),
    "password.changed": _("%(who)s changed their own password"),
    "password.reset": _("%(who)s issued a new password: %(what)s"),
    "user.added": _("%(who)s added an account: %(what)s"),
    "user.changed": _("%(who)s changed an account: %(what)s"),
    "user.closed": _("%(who)s closed an account: %(what)s"),
    "user.reopened": _("%(who)s reopened an account: %(what)s"),
    "approval.requested": _("%(who)s requested approval by a second person: %(what)s"),
    "approval.refused": _("%(who)s refused a request: %(what)s"),
    "scope.requested": _("%(who)s requested a change that needs approval: %(what)s"),
    "unit.closed": _("%(who)s closed a unit; its successor received its accounts and duties: %(what)s"),
    "scope.changed": _("%(who)s approved and made a change: %(what)s"),
    "scope.refused": _("%(who)s refused a change that needs approval: %(what)s"),
    "role.assigned": _("%(who)s assigned a role: %(what)s"),
    "role.removed": _("%(who)s removed a role: %(what)s"),
    "role.requested": _("%(who)s requested a role: %(what)s"),
    "role.refused": _("%(who)s refused a role: %(what)s"),
    "review.signed": _("%(who)s signed the review of the accounts"),
    "token.created": _("%(who)s created an API token: %(what)s"),
    "token.ended": _("%(who)s ended an API token: %(what)s"),
    "draft.taken_over": _("%(who)s took over a draft that another officer sent"),
    "draft.deleted": _("%(who)s deleted a draft"),
    "share.changed": _("%(who)s shared: %(what)s"),
    "break_glass.used": _("%(who)s used break-glass access: %(what)s"),
    "break_glass.reviewed": _("%(who)s reviewed a break-glass access: %(what)s"),
    "identity.revealed": _("%(who)s revealed a protected name: %(what)s"),
    "batch.imported": _("%(who)s imported a batch of a file: %(what)s"),
    "import.read": _("%(who)s read a file or changed how its columns are read: %(what)s"),
    "import.checked": _("%(who)s made a trial run of a file: %(what)s"),
    "import.profile_saved": _("%(who)s saved the columns of a file as a profile: %(what)s"),
    "import.profile_renamed": _("%(who)s renamed the profile of an import: %(what)s"),
    "import.profile_restored": _("%(who)s restored an earlier version of the profile of an import: %(what)s"),
    "import.profile_deleted": _("%(who)s deleted the profile of an import: %(what)s"),
    "import.approved": _("%(who)s approved an import: %(what)s"),
    "import.completed": _("The import of a file was completed: %(what)s"),
    "import.fixed": _("%(who)s fixed rows of an import: %(what)s"),
    "import.fixes_approved": _("%(who)s approved fixed rows of an import: %(what)s"),
    "import.fix_returned": _("%(who)s returned a fixed row of an import: %(what)s"),
    "import.sheet_downloaded": _("%(who)s downloaded rows to fix of an import: %(what)s"),
    "item_match.raised": _("The number of a stolen item was entered: %(what)s"),
    "item_match.confirmed": _("%(who)s confirmed that an item is the stolen one: %(what)s"),
    "item_match.denied": _("%(who)s answered that an item is not the stolen one: %(what)s"),
    "lineup.named_again": _("%(who)s hid a case again from an officer who showed no photo: %(what)s"),
    "report_match.raised": _("Two reports may be about the same: %(what)s"),
    "report_match.same": _("%(who)s confirmed that two reports are about the same: %(what)s"),
    "report_match.other": _("%(who)s denied that two reports are about the same: %(what)s"),
    "report_match.withdrawn": _("%(who)s took back the denial of a match of two reports: %(what)s"),
    "series.confirmed": _("%(who)s confirmed a series of cases: %(what)s"),
    "series.split": _("%(who)s split a series of cases: %(what)s"),
    "series.rejected": _("%(who)s rejected a series of cases: %(what)s"),
    "course.enrolled": _("%(who)s added participants to a course: %(what)s"),
    "course.participant_removed": _("%(who)s removed a participant of a course: %(what)s"),
    "course.test_cancelled": _("%(who)s cancelled a test that no one had begun: %(what)s"),
    "course.code_refused": _("%(who)s typed a wrong code of the room for a test: %(what)s"),
    "course.attendance_saved": _("%(who)s saved the attendance of a course: %(what)s"),
    "course.test_prepared": _("%(who)s drew the questions of a test: %(what)s"),
    "course.test_started": _("%(who)s began a test: %(what)s"),
    "course.test_finished": _("A test ended: %(what)s"),
    "course.practice_entered": _("%(who)s entered the results of practice of a course: %(what)s"),
    "course.result_entered": _("%(who)s entered the result of a test on paper: %(what)s"),
    "course.result_corrected": _("%(who)s corrected the result of a test on paper: %(what)s"),
    "certificate.issued": _("%(who)s issued a certificate: %(what)s"),
    "certificate.revoked": _("%(who)s revoked a certificate: %(what)s"),
    "certificate.checked": _("%(who)s checked a certificate: %(what)s"),
    "correction.requested": _("%(who)s requested a correction: %(what)s"),
    "correction.decided": _("%(who)s decided on a correction: %(what)s"),
    "correction.applied": _("%(who)s applied a correction: %(what)s"),
    "correction.closed": _("A correction was closed: %(what)s"),
    "duplicate.dismissed": _("%(who)s confirmed that a likely duplicate is a different person: %(what)s"),
    "merge.requested": _("%(who)s submitted a request about two records of one person: %(what)s"),
    "merge.refused": _("%(who)s refused a request about two records: %(what)s"),
    "merge.applied": _("%(who)s merged two records of one person: %(what)s"),
    "merge.undone": _("%(who)s undid the merge of two records: %(what)s"),
    "match.raised": _("%(who)s entered a person named in an order: %(what)s"),
    "search.saved": _("%(who)s saved a search: %(what)s"),
    "watch.started": _("%(who)s started a watch: %(what)s"),
    "watch.ended": _("A watch was ended: %(what)s"),
    "search.deleted": _("%(who)s deleted a saved search: %(what)s"),
    "row_hashes.recalculated": _("Row hashes were recalculated from the current records: %(what)s"),
    "system.updated": _("E-Crime was updated"),
    LOG_VERIFIED: _("%(who)s verified the audit log: %(what)s"),
    "weekly_report.signed": _("%(who)s signed the weekly report of access"),
    "backup.written": _("A backup of the whole system was begun"),
    BACKUP_COMPLETED: _("A backup of the whole system was written"),
    "database.restored": _("A backup was restored, and entries of the audit log are lost: two people signed"),
    "clock.set": _("The audit log continues after a computer clock ran ahead"),
}
_RECORDS, _ACCESS, _SIGN_IN = _("Records"), _("Views"), _("Sign-in")
_ACCOUNTS, _IMPORTS, _EXPORTS = _("Accounts and roles"), _("Imports"), _("Exports")
_TRAINING, _SPECIAL, _PEOPLE = _("Training"), _("Special access"), _("Corrections and duplicates")
_SEARCHES, _SYSTEM = _("Matches and searches"), _("System")
GROUPS = {  # first part of an action → name of its group, for all others «Records»
    "access": _ACCESS, "printout": _ACCESS, "canary": _ACCESS, "request": _ACCESS,
    "sign_in": _SIGN_IN, "session": _SIGN_IN, "second_factor": _SIGN_IN, "passkey": _SIGN_IN, "password": _SIGN_IN,
    "recovery_code": _SIGN_IN, "recovery_codes": _SIGN_IN, "token": _SIGN_IN,
    "user": _ACCOUNTS, "approval": _ACCOUNTS, "scope": _ACCOUNTS, "unit": _ACCOUNTS, "role": _ACCOUNTS,
    "review": _ACCOUNTS,
    "share": _SPECIAL, "break_glass": _SPECIAL, "identity": _SPECIAL,
    "export": _EXPORTS, "job": _EXPORTS,
    "batch": _IMPORTS, "import": _IMPORTS,
    "course": _TRAINING, "certificate": _TRAINING,
    "correction": _PEOPLE, "duplicate": _PEOPLE, "merge": _PEOPLE,
    "match": _SEARCHES, "search": _SEARCHES, "watch": _SEARCHES,
    "row_hashes": _SYSTEM, "system": _SYSTEM, "backup": _SYSTEM, "database": _SYSTEM, "clock": _SYSTEM,
    "audit": _SYSTEM, "weekly_report": _SYSTEM,
}  # fmt: skip
OTHER_LABELS = {
    "review_remark": _("Remark"),
    "user": _("Account"),
    "audit_event": _("Audit log entry"),
    "code": _("Code list"),
    "unit": _("Unit"),
    "duplicate": _("Likely duplicate"),
    "person_merge": _("Two records of one person"),
    "job": _("Background work"),
    "export": _("Export"),
    "correction": _("Correction"),
    "access_grant": _("Access outside your area of responsibility"),
    "official_report": _("Official report"),
    "letter": _("Letter"),
    "letter_template": _("Letter template"),
    "letter_recipient": _("Receipt of a letter"),
    "letter_file": _("Attachment of a letter"),
    "evidence_store": _("Evidence store"),
    "shelf": _("Shelf"),
    "act_exhibit": _("Exhibit of an act"),
    "outcome_notice": _("Notice of the outcome"),
    "exhibit_custody": _("Custody of an exhibit"),
    "inventory": _("Inventory"),
    "import_profile": _("Profile of an import"),
    "report_match": _("Match of reports"),
    "report_match_answer": _("Answer to a match of reports"),
    "lineup": _("Photo line-up"),
    "minor_step": _("Step after a contact with a minor"),
    "protection_order_step": _("Step of a protection order"),
    "lineup_face": _("Photo of a line-up"),
    "lineup_event": _("Step of a line-up"),
    "case_series": _("Series of cases"),
    "certificate": _("Certificate"),
    "warning_override": _("Warning override"),
    "order_match": _("Match"),
    "item": _("Item"),
    "item_match": _("Match of a stolen item"),
    "place": _("Place"),
    "court": _("Court"),
    "prison": _("Prison"),
    "law": _("Law"),
    "offence": _("Offence"),
    "time_limit": _("Time limit"),
    "retention_period": _("Retention period"),
    "saved_search": _("Saved search"),
    "staff_review": _("Quarterly review"),
    "weekly_report": _("Unusual access this week"),
    "import": _("Import batch"),
    "import_run": _("Import"),
    "demo": _("Demo data"),
}
OUTCOME_LABELS = {
    "ok": _("done"),
    "refused": _("refused"),
    "failed": _("failed"),
    "locked": _("locked"),
    "alarm": _("alarm"),
}


def format_sentence(event, who, what=None):
    """Return the event as one sentence. `who` is the name of the actor; `what` replaces the default record name."""
    sentence = SENTENCES.get(event.action)
    values = {"who": who, "what": what or describe_subject(event)}
    if "other" in event.facts:  # two merged records
        values["what"] += f" · {event.facts['other']}"
    if sentence is None:
        return gettext("%(who)s: %(act)s, %(what)s", act=event.action, **values)
    return str(sentence) % values


def list_action_groups():
    """Return [(name of a group, [(action, label)])] of all actions, for a select field."""
    groups = {}
    for action in SENTENCES:
        groups.setdefault(GROUPS.get(action.partition(".")[0], _RECORDS), []).append(
            (action, get_action_label(action))
        )
    return list(groups.items())


def get_action_label(action):
    """Return the action without actor and record."""
    sentence = str(SENTENCES.get(action, action)) % {"who": "", "what": ""}
    return sentence.strip(" :៖«»")


def describe_record(entity, entity_id):
    """Return the type and number of a record. No name, because the log keeps it after an erasure."""
    word = str(get_record_type_labels().get(entity) or OTHER_LABELS.get(entity) or entity)
    if entity_id is None:
        return word or gettext("unknown name")
    return f"{word} {f'P-{entity_id:07d}' if entity == 'person' else f'№ {entity_id}'}"


def describe_subject(event):
    """Return the subject of an event. Reference data is identified by its official code, which names no person."""
    key = event.facts.get("key", "") if event.entity_id is None else ""
    return f"{describe_record(event.entity, event.entity_id)} {key}".rstrip()


def get_actor_name(row):
    """Return the name of a user from the USER_NAME_COLUMNS of `row`, in the script of the reader's language."""
    if row.username is None:
        return gettext("The system")
    if reader_language() == "km" and row.name_km:
        return row.name_km
    return " ".join(filter(None, (row.first_name, row.last_name))) or row.username


def get_outcome_label(event):
    return str(OUTCOME_LABELS.get(event.outcome, event.outcome))
