"""Records are committed in few places, so that a refused change can never be saved by somebody else's commit."""

from tests.house.sources import MODULES, calls, named

MAY_COMMIT = {
    "app/kernel/saving.py": "the save of a form, and its rollback",
    "app/kernel/api.py": "the save of the REST API, and its rollback",
    "app/cases/entry_views.py": "the save of the entry page, and the end of a draft",
    "app/cases/drafts.py": "a draft is no record; it is kept while the entry is still wrong",
    "app/kernel/slips.py": "a search slip is no record",
    "app/language.py": "the language a user has chosen",
    "app/accounts/actions.py": "FAB's own save of a user, which commits, and its completion",
    "app/setup.py": "reference data at set-up",
    "app/demo/country.py": "a batch of the synthetic country",
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
