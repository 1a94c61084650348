"""Everything that runs without being called: session hooks in their order, scheduled jobs, and registries.

A lower feature does not know a higher one, so the higher one provides functions to it here. `connect()` does all of
it once in a process. SQLAlchemy documents the events: https://docs.sqlalchemy.org/en/21/orm/session_events.html
"""

from functools import cache

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from app.accounts import (
    access_purpose,
    entry_right,
    identity_traits,
    revoke_on_change,
    unit_closing,
    user_scope,
    write_guard,
)
from app.accounts import dashboard as account_dashboard
from app.audit_review import bulk_access_alert, canary_records, case_numbers, log_verification
from app.cases import (
    aggregate,
    case_status,
    court_findings,
    drafts,
    exhibit_state,
    status_notices,
    withdrawn_rows,
)
from app.cases import flush_hooks as cases
from app.cases import open_matters as case_matters
from app.cases import timeline as case_timeline
from app.cases.models import Case
from app.confirmations import decisions
from app.corrections import notifications as correction_notifications
from app.court_orders import (
    assigned_orders,
    changed_people,
    custody_port,
    edited_people,
    kept_searches,
    limitation_notices,
    match_answers,
    matches,
    received_orders,
    reported_deaths,
    resumed_orders,
)
from app.court_orders import charge_findings as order_findings
from app.court_orders import dashboard as order_dashboard
from app.court_orders import flush_hooks as court_orders
from app.court_orders import notifications as order_notifications
from app.court_orders import timeline as order_timeline
from app.court_orders.models import CourtOrder
from app.custody import charge_findings as custody_findings
from app.custody import (
    deadline_alerts,
    derived_state,
    earlier_contacts,
    holders,
    implied_steps,
    last_acts,
    limit_changes,
    lists,
    open_rows,
    order_effects,
    release_notices,
    shared_case_notices,
    status_sources,
    unreported_deaths,
    visibility_rows,
)
from app.custody import notifications as custody_notifications
from app.custody import open_matters as custody_matters
from app.custody import queries as custody_queries
from app.custody import timeline as custody_timeline
from app.custody.models import Arrest, Custody, Detention, Judgment, Release
from app.duplicates import detection, pair_areas, protected_matches, void_people
from app.duplicates import notifications as duplicate_notifications
from app.evidence import custody as evidence
from app.evidence import inventory, splits
from app.exports import datasets, export_job
from app.exports import notifications as export_notifications
from app.imports import actions as import_actions
from app.imports import fix_sheet_import, outcome_report, transfer_tables
from app.imports import notifications as import_notifications
from app.inbox import email, ended_notices, staff_messages
from app.indices import linking
from app.indices import matches as item_matches
from app.investigation import actions as investigation
from app.investigation import charge_findings as accepted_charges
from app.investigation import jobs as investigation_jobs
from app.investigation import reviews
from app.jobs import enqueue, results
from app.jobs import notifications as job_notifications
from app.kernel import actor, scheduler
from app.kernel.access import hidden_identity, row_filter, row_level_security, write_scope
from app.kernel.audit import access_log, anchors, denied_requests, recorder
from app.kernel.database import engine, pending, slow_queries, versioned_cache, wal_checkpoint
from app.kernel.scheduler import ScheduledJob
from app.kernel.schema import code_lists, record, record_lock
from app.kernel.screens import search_tokens
from app.kernel.validation import withdrawal
from app.letters import actions as letters
from app.letters import checks as letter_checks
from app.letters import escalation, forwarding
from app.lineups import flush_hooks as lineups
from app.lineups import session_views as lineup_sessions
from app.minors import jobs as minor_jobs
from app.minors import withdrawn_contacts
from app.missing import answers as report_matches
from app.missing import edited_reports
from app.missing import matching as report_matching
from app.missing import states as reports
from app.name_search import index
from app.people import comparison, deaths, merged_records, status
from app.practice import exercises, own_cases
from app.printouts import batches
from app.protection_orders import flush_hooks as protection
from app.protection_orders import jobs as protection_order_jobs
from app.protection_orders import models as protection_orders
from app.reference import models as reference_models
from app.retention import acts as retention
from app.retention import reviews as retention_reviews
from app.search import search_alerts
from app.series import proposals
from app.special_access import automatic_shares, break_glass, case_sharing, named_people
from app.special_access import notifications as special_access_notifications
from app.statistics import dashboard as statistics_dashboard
from app.statistics import silent_units, timeliness_views, update_job
from app.statistics.official_reports import actions as official_report_actions
from app.tasks import actions as tasks
from app.tasks import open_matters as task_matters
from app.training import actions as training
from app.training import jobs as training_jobs

SESSION_HOOKS = {
    "after_begin": (row_level_security.apply_settings_at_begin,),
    "do_orm_execute": (
        row_filter.apply_row_filter,
        record_lock.refuse_bulk,
        write_guard.refuse_bulk_statements,
    ),
    # The right to enter data and hidden identities, then decisions of second officers: what is not confirmed has no
    # effect. Then derived columns and checks. The last hooks move rows with their case and check who may write.
    "before_flush": (
        entry_right.refuse_entries,
        hidden_identity.refuse_changes,
        implied_steps.lock_changed_cases,
        cases.refuse_exchanged_suspects,
        cases.void_withdrawn_people,
        court_orders.load_orders,
        decisions.check_decisions,
        derived_state.recompute_states,
        order_effects.update_linked_rows,
        court_orders.recompute_orders,
        versioned_cache.bump_changed_versions,
        record.prepare_records,
        linking.narrow_matches,
        reports.narrow_matches,
        deaths.check_reports,
        case_status.check_steps,
        exhibit_state.check_movements,
        evidence.check_rows,
        splits.check_splits,
        inventory.check_inventories,
        reports.check_ends,
        tasks.check_tasks,
        letter_checks.check_letters,
        training.check_trainers,
        investigation.check_assignments,
        investigation.check_linked_rows,
        investigation.check_charges,
        reviews.check_reviews,
        lineups.check_lineups,
        retention.check_acts,
        investigation.update_rows,
        cases.move_rows,
        court_orders.keep_moved_orders,
        row_filter.check_links,
        row_level_security.plan_writes_once,
        write_scope.refuse_changes,
        holders.refuse_changes_elsewhere,
        withdrawal.refuse_named_rows,
        protection.refuse_early_ends,
        kept_searches.refuse_lost_searches,
        cases.refuse_rows_of_void_cases,
        cases.update_ages,
        cases.limit_to_cards,
        automatic_shares.share_moved_cases,
        merged_records.refuse_links_to_merged_persons,
        write_guard.check_account_changes,
        revoke_on_change.require_password_change,
        identity_traits.keep_former_traits,
        case_sharing.notify_of_writes,
        status_notices.notify_chiefs,
        status_notices.notify_of_ends,
        edited_reports.notify_chiefs,
        withdrawn_contacts.notify_chiefs,
        shared_case_notices.notify_owners,
        named_people.collect_opened,
    ),
    # Rows that follow from the written ones. Visibility rows precede whatever asks who sees a person.
    "after_flush": (
        cases.lock_suspects,
        withdrawal.refuse_links_to_void_rows,
        status.refresh_after_death,
        recorder.record_flush,
        decisions.collect_requests,
        tasks.collect_changes,
        investigation.collect_changes,
        reviews.collect_changes,
        lineups.collect_changes,
        retention.collect_changes,
        deaths.collect_changes,
        case_status.collect_changes,
        withdrawn_rows.collect_withdrawals,
        implied_steps.collect_changed_cases,
        exhibit_state.collect_changes,
        evidence.collect_changes,
        splits.collect_splits,
        inventory.collect_new,
        reports.collect_changes,
        protection.collect_changes,
        linking.collect_changes,
        changed_people.collect_changes,  # compares the statuses before and after
        court_orders.update_people,
        matches.collect_changes,
        edited_people.collect_edits,
        received_orders.collect_changes,
        assigned_orders.collect_changes,
        reported_deaths.collect_reports,
        resumed_orders.collect_changes,
        unreported_deaths.collect_ends,
        open_rows.collect_people,
        named_people.collect_named,
        cases.update_visibility,
        automatic_shares.share_new_cases,
        pair_areas.update_areas_on_flush,
        detection.detect_on_flush,
        void_people.collect_void_people,
        revoke_on_change.end_sessions_and_tokens,
        staff_messages.collect_requests,
        order_effects.execute_orders,
        order_effects.collect_contacts,
        order_effects.collect_orders_in_force,
        release_notices.collect_changes,
        earlier_contacts.collect_orders,
        visibility_rows.add_visibility,
        visibility_rows.update_minority,
        visibility_rows.notify_new_cases,
        status_sources.refresh_statuses,
        index.update_index_on_flush,
        search_alerts.collect_changed_persons,
        email.queue_mails,
        withdrawal.refuse_named_rows,
        row_filter.check_written_rows,  # last: a row may be visible because of the rows above
    ),
    "after_flush_postexec": (
        deaths.set_death_dates,
        protection.set_ends,
        case_status.set_statuses,
        withdrawn_rows.notify_chief,
        exhibit_state.set_states,
        linking.queue_changes,
        decisions.notify_officers,
        tasks.send_messages,
        investigation.send_messages,
        reviews.send_messages,
        lineups.send_messages,
        retention.send_messages,
        matches.process_changes,
        changed_people.notify_owners,
        edited_people.notify_owners,
        received_orders.notify_unit,
        assigned_orders.notify_units,
        reported_deaths.notify_owners,
        unreported_deaths.update_tasks,
        named_people.notify_owners,
        named_people.notify_of_opened,
        release_notices.notify_units,
        release_notices.notify_of_contradictions,
        release_notices.notify_of_releases,
        release_notices.notify_of_remitted,
        release_notices.notify_of_cleared,
        release_notices.notify_of_transfers,
        release_notices.notify_of_extensions,
        release_notices.notify_of_lost_orders,
        earlier_contacts.raise_matches_of_held,
        staff_messages.send_messages,
        void_people.end_pairs,
    ),
    "before_commit": (
        cases.update_ages_elsewhere,
        evidence.set_custody,
        splits.add_parts,
        inventory.fix_lists,
        reports.set_states,
        order_effects.apply_acquittals,
        changed_people.reopen_orders,
        order_effects.link_arrests,
        changed_people.refresh_minority,
        case_status.set_implied_statuses,
        resumed_orders.notify_units,
        open_rows.update_tasks,
        comparison.log_with_commit,
        recorder.append_before_commit,
        search_alerts.send_alerts,
    ),
    "after_commit": (enqueue.enqueue_pending, comparison.forget_committed),
    "after_soft_rollback": (recorder.drop_rolled_back, pending.forget_rolled_back),
    "after_transaction_create": (recorder.remember_queue_length, pending.remember_collected),
    "after_transaction_end": (
        pending.forget_savepoints,
        row_level_security.reset_plan_mode,
        recorder.reset_queue,
        detection.clear_written,
        merged_records.forget_checked_persons,
        withdrawal.forget_valid_rows,
    ),
}
# These run for each record, after all hooks of the flush, and so see derived columns too.
RECORD_HOOKS = {
    "before_update": (record_lock.refuse_locked_changes,),
    "before_delete": (record_lock.refuse_delete,),
}
ENGINE_HOOKS = {
    "connect": (engine.set_pragmas,),
    "before_cursor_execute": (slow_queries.remember_begin,),
    "after_cursor_execute": (slow_queries.log_if_slow,),
    "handle_error": (engine.remove_values,),
}


SCHEDULED_JOBS = (
    ScheduledJob("custody", deadline_alerts.send_alerts_now),
    ScheduledJob("changed time limits", limit_changes.move_ends),
    ScheduledJob("matches", match_answers.escalate_matches),
    ScheduledJob("limitation of orders", limitation_notices.send_notices, every=24 * 3600),
    ScheduledJob("protected matches", protected_matches.find_protected_matches),
    ScheduledJob("letters", escalation.escalate_letters),
    ScheduledJob("requests without an answer", investigation_jobs.send_reminders, every=600),
    ScheduledJob("investigations that are due", investigation_jobs.remind_of_deadlines, every=3600),
    ScheduledJob("protection orders that end", protection_order_jobs.send_reminders, every=3600),
    ScheduledJob("diversions that end", minor_jobs.send_reminders, every=3600),
    ScheduledJob("mails", email.send_mails),
    ScheduledJob("notices that end", ended_notices.end_notices, every=3600),
    ScheduledJob("break-glass reviews", break_glass.send_review_reminders, every=600),
    ScheduledJob("results of jobs", results.remove_expired_results),
    ScheduledJob("expired search tokens", search_tokens.delete_expired),
    ScheduledJob("statistics", update_job.update_figures, every=15),
    ScheduledJob("silent units", silent_units.report_silent_units, every=3600),
    ScheduledJob("tests that are over", training_jobs.finish_expired_tests),
    ScheduledJob("certificates that expire", training_jobs.send_reminders, every=3600),
    ScheduledJob("items of exhibits", linking.link_queued_exhibits, every=10),
    ScheduledJob("items of loaded exhibits", linking.link_new_exhibits, every=24 * 3600),
    ScheduledJob("series of cases", proposals.propose_series, every=24 * 3600),
    ScheduledJob("matches of reports", report_matching.propose_matches, every=24 * 3600),
    ScheduledJob("statistics of SQLite", engine.update_statistics_daily, every=24 * 3600),
    ScheduledJob("ended retention periods", retention_reviews.find_ended_periods, every=600),
    ScheduledJob("audit anchor", anchors.write_due_anchor, every=10, of_process=True),
    ScheduledJob("WAL checkpoint", wal_checkpoint.run_checkpoint, every=5, of_process=True),
)

# What decorators and calls register when these modules are imported; tests/house/test_wiring.py compares the list with the
# code. Record views register themselves too (`RecordView.registered`): app/menu.py imports and lists them.
REGISTRIES = {
    "aggregate_finder": (aggregate,),
    "bump_on_change": (code_lists, reference_models, canary_records, retention),
    "dashboard_card": (account_dashboard, order_dashboard, lists, timeliness_views, statistics_dashboard),
    "event_provider": (case_timeline, order_timeline, custody_timeline),
    "register_kind": (
        export_job,
        batches,
        import_actions,
        fix_sheet_import,
        outcome_report,
        log_verification,
    ),
    "register_texts": (
        exercises,
        staff_messages,
        tasks,
        investigation,
        reviews,
        lineups,
        protection_order_jobs,
        minor_jobs,
        withdrawn_contacts,
        protection_orders,
        retention,
        letters,
        training,
        escalation,
        forwarding,
        decisions,
        deaths,
        drafts,
        status_notices,
        exhibit_state,
        withdrawn_rows,
        evidence,
        reports,
        edited_reports,
        report_matches,
        job_notifications,
        order_notifications,
        limitation_notices,
        item_matches,
        custody_notifications,
        shared_case_notices,
        unreported_deaths,
        open_rows,
        special_access_notifications,
        correction_notifications,
        duplicate_notifications,
        protected_matches,
        export_notifications,
        import_notifications,
        canary_records,
        search_alerts,
        silent_units,
        official_report_actions,
    ),
    "register_page": (
        staff_messages,
        drafts,
        job_notifications,
        order_notifications,
        special_access_notifications,
        letters,
        lineup_sessions,
        export_notifications,
    ),
}


@cache
def connect():
    """Attach all hooks and providers; once in a process, however many applications it makes."""
    engine.register_dialect()
    for target, hooks, options in (
        (Session, SESSION_HOOKS, {}),
        (record.Record, RECORD_HOOKS, {"propagate": True}),
        (Engine, ENGINE_HOOKS, {}),
    ):
        for name, functions in hooks.items():
            for function in functions:
                event.listen(target, name, function, **options)
    scheduler.set_jobs(*SCHEDULED_JOBS)
    actor.actor_change_listeners.append(row_level_security.apply_changed_actor)
    unit_closing.set_dated_models(Case, CourtOrder, Arrest, Custody, Detention, Judgment, Release)
    access_purpose.case_checks.append(case_numbers.is_registered)
    user_scope.hidden_case_finders.append(own_cases.find_hidden_cases)
    denied_requests.limit_listeners.append(bulk_access_alert.alert_limit)
    access_log.view_listeners += [bulk_access_alert.alert_bulk_access, canary_records.alert_canary_access]
    custody_port.register_provider(
        find_arrests=order_effects.find_arrests,
        find_acquittal=order_effects.find_acquittal,
        list_arrests=order_effects.list_arrests,
        find_linkable_arrests=order_effects.find_linkable_arrests,
        build_execution=order_effects.build_execution,
        find_supervisions=custody_queries.find_supervisions,
    )
    datasets.transfer_sources.append(transfer_tables.build_tables)
    linking.recovery_sources.append(reports.select_recovered)
    case_status.set_implied_sources(implied_steps.select_acts, implied_steps.select_undecided)
    case_matters.set_finders(custody_matters.find_open_matters, task_matters.find_open_matters)
    court_findings.set_providers(
        order_findings.select_order_charges,
        custody_findings.select_court_findings,
        accepted_charges.select_accepted_charges,
    )
    deaths.set_act_sources(last_acts.select_days)
    status.set_sources(
        status.select_deceased,
        court_orders.select_wanted,
        status_sources.select_arrest_facts,
        status_sources.select_custody_facts,
        status_sources.select_detention_facts,
        status_sources.select_release_facts,
        status_sources.select_supervision_orders,
        status_sources.select_cleared,
    )
