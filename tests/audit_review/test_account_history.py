"""History of an account: its administrator sees who changed the account and its roles, and why."""

from app.accounts.models import User


def test_administrator_sees_the_removed_role_with_author_and_reason(client_as, db_session):
    officer = db_session.query(User).filter_by(username="warrant.bb").one()
    client_as("admin.bb").send(f"/staff/roles/{officer.id}", {"reason": "moved to another duty"})
    page = client_as("admin.bb", "en").page(f"/staff/show/{officer.id}")
    (history,) = page.all("ol", css="tl")
    newest = history.all("li")[0].text
    assert "removed a role: Warrant officer" in newest and "moved to another duty" in newest


def test_officer_who_may_not_manage_the_account_sees_no_history(client_as, db_session):
    chief = db_session.query(User).filter_by(username="admin.bb").one()
    assert not client_as("admin.bb").page(f"/staff/show/{chief.id}").all("ol", css="tl")
