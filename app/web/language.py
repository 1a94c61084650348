"""Two languages, Khmer first. What was chosen in this session counts, then the user's own language, then Khmer.

FAB keeps the language in the session alone and begins in English; here the choice stays with the user.
"""

from urllib.parse import urlsplit

import flask_appbuilder
from flask import abort, current_app, has_request_context, redirect, request, session
from flask_babel import Babel, ngettext, refresh
from flask_login import current_user, user_logged_in, user_logged_out

from app.cli.translations import TRANSLATIONS, compile_catalogues
from app.extensions import db
from app.kernel.schema.display import language as reader_language
from app.kernel.text import dates
from app.web import error_pages, fab_labels
from app.web.wtforms_translations import Sentences, in_templates, speak_in_forms

__all__ = ["compile_catalogues", "init_app", "reader_language"]

CHOSEN = "locale"  # where FAB's own templates look for it in the session


def init_app(app):
    """Wire the languages into `app`. Called after FAB's own init_app, whose Babel this one replaces."""
    of_appbuilder = f"{flask_appbuilder.__path__[0]}/translations"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = f"{of_appbuilder};{TRANSLATIONS}"  # the later folder wins
    babel = Babel(app, locale_selector=choose)
    babel.domain_instance = Sentences()
    app.view_functions["LocaleView.index"] = choose_language
    user_logged_in.connect(_keep_with_user, app)
    user_logged_out.connect(_forget, app)
    speak_in_forms()
    fab_labels.speak()
    error_pages.init_app(app)
    app.jinja_env.globals.update(
        _=in_templates, gettext=in_templates, ngettext=ngettext, reader_language=reader_language
    )
    app.jinja_env.filters.update(
        kh_date=lambda value: dates.say_date(value, reader_language()),
        kh_moment=lambda value: dates.say_moment(value, reader_language()),
        long_date=lambda value, weekday=False: dates.long_date(value, reader_language(), weekday),
        number=lambda value: dates.say_number(value, reader_language()),
        span=lambda value: dates.say_span(value, reader_language()),
    )


def choose():
    """The language of this request. `_l_` in the URL is how a program asks FAB's API for a language."""
    languages = current_app.config["LANGUAGES"]
    if not has_request_context():  # a command, a job, a record that derives its columns
        return current_app.config["BABEL_DEFAULT_LOCALE"]
    asked = request.args.get("_l_") or session.get(CHOSEN)
    if asked in languages:
        return asked
    own = getattr(current_user, "language", None)
    return own if own in languages else current_app.config["BABEL_DEFAULT_LOCALE"]


def choose_language(locale):
    """The reader has chosen: kept in the session, and with the user who is signed in."""
    if locale not in current_app.config["LANGUAGES"]:
        abort(404)
    session[CHOSEN] = locale
    refresh()
    if current_user.is_authenticated:
        current_user.language = locale
        db.session.commit()
    return redirect(_page_before())


def _page_before():
    """The page of ours that the reader came from, or the first page."""
    before = urlsplit(request.referrer or "")
    if before.netloc != request.host or not before.path.startswith("/") or before.path.startswith("//"):
        return current_app.extensions["appbuilder"].get_url_for_index
    return before.path + (f"?{before.query}" if before.query else "")


def _keep_with_user(_app, user):
    """A language chosen before signing in is the user's from now on; where none was, the user's own counts."""
    chosen = session.get(CHOSEN)
    if chosen in current_app.config["LANGUAGES"] and user.language != chosen:
        user.language = chosen
        db.session.commit()
    refresh()


def _forget(_app, user):
    """The next person at this computer has a language of her own."""
    session.pop(CHOSEN, None)
    refresh()
