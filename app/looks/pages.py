"""What the templates of other features may ask of looks: a record's life, who looked at it, the reader's purpose."""

from app.looks import history, many, purpose_views  # noqa: F401  (many listens)


def init_app(app):
    purpose_views.init_app(app)
    app.jinja_env.globals.update(
        has_life=history.has_life, life_of=history.life_of, looks_at=history.looks_at
    )
