"""Template globals for the history of a record, its views and the purpose of the user."""

from app.audit_review import account_history, purpose_views, record_history


def init_app(app):
    purpose_views.init_app(app)
    app.jinja_env.globals.update(
        has_history=record_history.has_history,
        load_entries=record_history.load_entries,
        load_account_history=account_history.load_account_history,
    )
