"""The language of a request: the one chosen in this session, else the user's, else Khmer.

FAB keeps the language only in the session and starts in English; here the choice is also saved with the user.
"""
# commits: the language of the user

from urllib.parse import urlsplit

import flask_appbuilder
from flask import abort, current_app, has_request_context, redirect, request, session
from flask_babel import Babel, ngettext, refresh
from flask_login import current_user, user_logged_in, user_logged_out

from app.cli.translations import TRANSLATIONS, compile_catalogues
from app.kernel.database.transactions import commit
from app.kernel.schema.display import reader_language
from app.kernel.text import dates
from app.web import error_pages, fab_labels
from app.web.wtforms_translations import TranslationDomain, translate_forms, translate_in_template

__all__ = ["compile_catalogues", "init_app", "reader_language"]

SESSION_KEY = "locale"  # the session key that FAB's own templates read


def init_app(app):
    """Set up the languages in `app`. Call it after FAB's own init_app, because it replaces FAB's Babel."""
    fab_folder = f"{flask_appbuilder.__path__[0]}/translations"
    # The later folder has priority.
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = f"{fab_folder};{TRANSLATIONS}"
    babel = Babel(app, locale_selector=select_language)
    babel.domain_instance = TranslationDomain()
    app.view_functions["LocaleView.index"] = change_language
    user_logged_in.connect(_store_at_sign_in, app)
    user_logged_out.connect(_clear_at_sign_out, app)
    translate_forms()
    fab_labels.translate_labels()
    error_pages.init_app(app)
    app.jinja_env.globals.update(
        _=translate_in_template,
        civil_time=dates.now,
        gettext=translate_in_template,
        ngettext=ngettext,
        reader_language=reader_language,
    )
    app.jinja_env.filters.update(
        kh_date=lambda value: dates.format_date(value, reader_language()),
        kh_moment=lambda value: dates.format_datetime(value, reader_language()),
        long_date=lambda value, weekday=False: dates.format_long_date(value, reader_language(), weekday),
        number=lambda value: dates.format_number(value, reader_language()),
        span=lambda value: dates.format_duration(value, reader_language()),
    )


def select_language():
    """Return the language of this request. Programs set it by `_l_` in the URL."""
    languages = current_app.config["LANGUAGES"]
    if not has_request_context():  # a command, a job, or a record that computes its columns
        return current_app.config["BABEL_DEFAULT_LOCALE"]
    requested = request.args.get("_l_") or session.get(SESSION_KEY)
    if requested in languages:
        return requested
    saved = getattr(current_user, "language", None)
    return saved if saved in languages else current_app.config["BABEL_DEFAULT_LOCALE"]


def change_language(locale):
    """Save the chosen language in the session and, if signed in, with the user."""
    if locale not in current_app.config["LANGUAGES"]:
        abort(404)
    session[SESSION_KEY] = locale
    refresh()
    if current_user.is_authenticated:
        current_user.language = locale
        commit()
    return redirect(_previous_page())


def _previous_page():
    """Return the page of E-Crime that the reader came from, or the home page."""
    previous = urlsplit(request.referrer or "")
    if previous.netloc != request.host or not previous.path.startswith("/") or previous.path.startswith("//"):
        return current_app.extensions["appbuilder"].get_url_for_index
    return previous.path + (f"?{previous.query}" if previous.query else "")


def _store_at_sign_in(_app, user):
    """Save a language chosen before sign-in with the user; without one the user's own language applies."""
    chosen = session.get(SESSION_KEY)
    if chosen in current_app.config["LANGUAGES"] and user.language != chosen:
        user.language = chosen
        commit()
    refresh()


def _clear_at_sign_out(_app, user):
    """Remove the language from the session, because the next user may prefer another."""
    session.pop(SESSION_KEY, None)
    refresh()
