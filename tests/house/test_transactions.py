"""Records are committed in few places, so that a refused change can never be saved by somebody else's commit."""

from tests.house.source_files import MODULES, calls, named

MAY_COMMIT = {
    "app/kernel/screens/edit_pages.py": "the save of a form, and its rollback",
    "app/kernel/screens/search_tokens.py": "the end of what was typed to search, which is no record",
    "app/kernel/concurrency/idempotency.py": "an export, a batch of papers or a token that is asked for, with the key that makes it one",
    "app/kernel/api/create.py": "the save of the REST API, and its rollback",
    "app/cases/entry_api.py": "the save of a whole case by a program",
    "app/court_orders/api.py": "the answer to a hit by a program",
    "app/corrections/api.py": "what a chief's program asks for",
    "app/cases/entry_views.py": "the save of the entry page, and the end of a draft",
    "app/cases/drafts.py": "a draft is no record; it is kept while the entry is still wrong",
    "app/corrections/views.py": "each step of a correction, and its rollback",
    "app/duplicates/merge_step_view.py": "each step of a joining, and its rollback",
    "app/duplicates/views.py": "a pair that somebody has named",
    "app/duplicates/full_scan.py": "each step through the whole register, so that a run goes on where it was stopped",
    "app/demo/court_orders.py": "a whole run of orders, in one transaction",
    "app/kernel/files/scans.py": "a scan that was attached",
    "app/court_orders/verification_views.py": "the check by a second officer, and its rollback",
    "app/court_orders/match_views.py": "the answer to a hit",
    "app/court_orders/match_answers.py": "each step of the clock by itself, so that it may be killed between two",
    "app/custody/deadline_alerts.py": "each clock by itself, so that it may be killed between two",
    "app/special_access/views.py": "what was opened beyond somebody's part, its review and its end",
    "app/search/saved_views.py": "what a user keeps for himself, and his watches",
    "app/special_access/review_reminders.py": "the task for a review that did not come",
    "app/inbox/views.py": "the receipt of a message that was opened",
    "app/imports/runner.py": "each batch of an import, so that it may be killed between two",
    "app/imports/actions.py": "why a file cannot be read, at the end of its trial run",
    "app/imports/views.py": "each step of an import, and its rollback",
    "app/imports/rejected_views.py": "a mended sheet that goes on behind the pages",
    "app/jobs/runner.py": "the end of a job, with what it wrote last",
    "app/jobs/results.py": "the end of a result, which is no record",
    "app/jobs/views.py": "the receipt of the message about a job",
    "app/exports/views.py": "an export that is asked for, and the decision on it",
    "app/exports/export_job.py": "that an export has more rows than the role takes",
    "app/web/language.py": "the language a user has chosen",
    "app/accounts/actions.py": "FAB's own save of a user, which commits, and its completion",
    "app/accounts/staff_session_views.py": "the sessions of a person, ended by an administrator",
    "app/accounts/account_views.py": "what a user does with his own account",
    "app/accounts/sessions.py": "a session, which is no record, and when it was seen last",
    "app/accounts/lockout.py": "a try to sign in, before it is weighed, so that all workers count it",
    "app/accounts/authentication.py": "the code that was taken, and when the user came",
    "app/accounts/sign_in_views.py": "the end of a session",
    "app/accounts/security.py": "FAB's own save of a password",
    "app/accounts/access_purpose.py": "for which work people are looked up, which is no record",
    "app/audit_review/canary_records.py": "a notice to the auditors, in a session of its own",
    "app/audit_review/log_views.py": "which records are watched",
    "app/accounts/maintenance.py": "what the register itself does with accounts",
    "app/accounts/demo_users.py": "the demo's users",
    "app/accounts/staff_views.py": "each act on an account, and its rollback",
    "app/cli/setup.py": "reference data at set-up",
    "app/cli/main.py": "the keys of old forms, at the weekly sweep",
    "app/demo/custody.py": "people who were held, of the synthetic country",
    "app/demo/generate.py": "a batch of the synthetic country",
}


def test_nobody_commits_but_the_named_places():
    others = [named(path) for path in MODULES if named(path) not in MAY_COMMIT and any(calls(path, "commit"))]
    assert not others, (
        f"{others} commit. An action flushes (db.session.flush()) and leaves the commit to the view that called it;"
        " a place that must commit is named in MAY_COMMIT with its reason."
    )


def test_the_list_of_places_is_not_longer_than_needed():
    idle = [
        name
        for name in MAY_COMMIT
        if not any(path for path in MODULES if named(path) == name and any(calls(path, "commit")))
    ]
    assert not idle, f"Take {idle} out of MAY_COMMIT: they commit no more."
