"""Nothing passes the scope by: what the session's criteria cannot reach is named here, file by file, with its reason."""

import ast

import pytest
from flask_appbuilder import Model

from app.kernel.access.row_filter import scoped_classes
from tests.house.source_files import MODULES, calls, named, tree

# Plain tables of people and cases are asked without a scope. Each of these says why it may.
ON_PLAIN_TABLES = {
    "app/cases/flush_hooks.py": "writes whose the people are, from the rows that were just flushed",
    "app/duplicates/pair_areas.py": "writes in which provinces a pair stands, from rows that were just flushed",
    "app/duplicates/detection.py": "keeps pairs as ids alone, in the save of somebody who need not see both",
    "app/imports/batch_writer.py": "keeps what became of the rows of a file, in the batch that makes records of them",
    "app/demo/rows.py": "fills an empty register",
    "app/name_search/index.py": "reads the names of those whom the flush has just written",
    "app/demo/custody.py": "chooses the suspects of a synthetic country",
    "app/demo/court_orders.py": "fills a register",
    "app/court_orders/flush_hooks.py": "gives the facts of a status, which is computed from the whole nation",
    "app/court_orders/matches.py": "meets somebody wanted wherever he is searched for; no row of it is shown",
    "app/court_orders/match_answers.py": "moves a hit only where nobody has moved it meanwhile",
    "app/court_orders/worklist.py": "counts, and finds the ids of a list, within the area and families of the reader, by an index alone; no row of it is shown",
    "app/court_orders/charge_findings.py": "tells who is charged, for a rule that is asked of the whole nation",
    "app/custody/charge_findings.py": "tells who is charged, for a rule that is asked of the whole nation",
    "app/custody/visibility_rows.py": "writes whose the people are, from the rows that were just flushed",
    "app/custody/status_sources.py": "gives the facts of a status, which is computed from the whole nation",
    "app/people/status.py": "gives the facts of a status, of deaths",
    "app/court_orders/consistency_check.py": "compares the orders of the whole nation with their acts, for a command",
}
# Who may say that the register itself, or somebody else, acts.
SAYS_WHO_ACTS = {
    "app/accounts/security.py", "app/accounts/demo_users.py", "app/accounts/maintenance.py", "app/cli/main.py",
    "app/cli/setup.py", "app/people/nationwide.py", "app/kernel/actor.py", "app/special_access/review_reminders.py", "app/audit_review/unrestricted_session.py",
    "app/custody/consistency_check.py",
    "app/corrections/impact.py", "app/cases/flush_hooks.py", "app/cli/search.py", "app/duplicates/full_scan.py",
    "app/kernel/scheduler.py", "app/jobs/runner.py",
}  # fmt: skip
# Who may write past his part, for what follows from his act elsewhere, and shows nothing of it.
SEES_EVERYTHING = {
    "app/kernel/actor.py", "app/people/status.py", "app/court_orders/matches.py", "app/court_orders/acquittal.py",
    "app/custody/visibility_rows.py",
}  # fmt: skip
OWN_SESSIONS = {
    "app/people/nationwide.py": "the one door to nationwide knowledge",
    "app/audit_review/unrestricted_session.py": "numbers for auditors, who open no record",
    "app/custody/consistency_check.py": "compares who is held in the nation with the steps, for a command",
}


def test_plain_tables_of_people_and_cases_are_asked_in_named_places_alone():
    scoped = {cls.__name__ for cls in scoped_classes()}
    for path in MODULES:
        if named(path) in ON_PLAIN_TABLES:
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Attribute) and node.attr == "__table__":
                assert getattr(node.value, "id", "") not in scoped, (
                    f"{named(path)}:{node.lineno}: select(Model) is bounded by the session, a plain table is not"
                )


def test_only_the_sign_in_and_the_register_itself_say_who_acts():
    for path in MODULES:
        if named(path) not in SAYS_WHO_ACTS:
            assert not list(calls(path, "act_as")), f"{named(path)}: whoever acts is said at the sign-in"


def test_what_follows_elsewhere_is_written_in_named_places_alone():
    for path in MODULES:
        if named(path) not in SEES_EVERYTHING:
            assert not list(calls(path, "seeing_everything")), f"{named(path)}: say why in SEES_EVERYTHING"


def test_there_is_one_door_to_the_nation():
    for path in MODULES:
        if named(path) not in OWN_SESSIONS:
            assert not list(calls(path, "Session")), (
                f"{named(path)}: a session of its own sees no part or all"
            )


@pytest.mark.parametrize(
    "model",
    sorted((m.class_ for m in Model.registry.mappers), key=lambda cls: cls.__name__),
    ids=lambda cls: cls.__name__,
)
def test_whatever_hangs_on_a_case_or_person_says_whose_it_is(model):
    hangs = {"case_id", "person_id"} & set(model.__table__.c.keys())
    assert not hangs or hasattr(model, "__within__") or model.__name__ in WITHOUT_A_SCOPE, (
        f"{model.__name__}: add __within__ (people.visibility.OfPerson, cases.part.OfCase)"
    )


WITHOUT_A_SCOPE = {
    "Visibility": "holds ids alone; it is what the scope asks",
    "OpenClock": "holds ids alone; it says of which records the scope is asked",
    "PersonStatus": "what every card of the nation says of somebody",
    "WatchMatch": "holds ids alone, of people whom the owner of a watch was told of",
    "Canary": "holds ids alone, for auditors, who open no record",
    "NameBearer": "an index of ids and years of birth; names.finding asks of each bearer whether he is seen",
}
