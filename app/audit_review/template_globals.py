"""What the templates of other features may ask of looks: a record's life, who looked at it, the reader's purpose."""

from app.audit_review import bulk_access_alert, purpose_views, record_history  # noqa: F401  (many listens)


def init_app(app):
    purpose_views.init_app(app)
    app.jinja_env.globals.update(
        has_life=record_history.has_life, life_of=record_history.life_of, looks_at=record_history.looks_at
    )
