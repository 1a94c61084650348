"""The reader's language: selection, storage, and error pages."""

import os
import re
import shutil
from datetime import date, datetime, timedelta

import pytest
from babel.support import Translations
from flask import abort, render_template_string
from flask_babel import force_locale, gettext
from sqlalchemy import select
from wtforms import Form, StringField
from wtforms.validators import Length

from app import create_app, roles
from app.accounts import actions
from app.accounts.models import User
from app.extensions import db
from app.kernel.actor import SYSTEM, act_as
from app.web import language

PASSWORD = "a long pass phrase"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@pytest.fixture(scope="module")
def app(registers, tmp_path_factory):
    """An application with one more user, who reads Khmer, and pages that fail on purpose."""
    folder = tmp_path_factory.mktemp("language")
    shutil.copyfile(registers("sqlite").template, folder / "register.db")
    app = create_app(
        SECRET_KEY="k" * 40,
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder / 'register.db'}",
        SESSION_COOKIE_SECURE=False,
        PROPAGATE_EXCEPTIONS=False,
    )

    @app.route("/fails")
    def fails():
        raise RuntimeError("a fault of ours")

    @app.route("/api/v1/fails")
    def api_fails():
        abort(404)

    @app.route("/says")
    def fails_with_message():
        abort(400, gettext("The page size must be a number."))

    @app.route("/form", methods=["POST"])
    def form():
        return "taken"

    with app.app_context():
        assert actions.create_user("sokha", "សុខា", "Investigator", "PC-12", PASSWORD) is None
    return app


@pytest.fixture
def browser(app):
    with app.app_context():
        act_as(db.session, SYSTEM)
        user = db.session.scalar(select(User).where(User.username == "sokha"))
        user.language = "km"
        db.session.commit()
    return app.test_client()


def sign_in(browser):
    page = browser.get("/login/").text
    fields = {"username": "sokha", "password": PASSWORD, "csrf_token": TOKEN.search(page)[1]}
    answer = browser.post("/login/", data=fields)
    assert answer.status_code == 302, answer.text
    return answer


def saved_language(app):
    with app.app_context():
        return db.session.scalar(select(User.language).where(User.username == "sokha"))


def page_language(page):
    return re.search(r'<html lang="(\w+)"', page.text)[1]


def test_visitor_sees_khmer_first(browser):
    page = browser.get("/login/")
    assert page_language(page) == "km"
    assert "ពាក្យសម្ងាត់" in page.text


def test_visitor_can_choose_english(browser):
    browser.get("/lang/en")
    page = browser.get("/login/")
    assert page_language(page) == "en"
    assert "Password" in page.text


def test_unknown_language_returns_404(browser):
    assert browser.get("/lang/fr").status_code == 404


def test_chosen_language_is_saved_with_user(app, browser):
    sign_in(browser)
    browser.get("/lang/en")
    assert saved_language(app) == "en"
    another = app.test_client()
    sign_in(another)
    assert page_language(another.get("/no/such/page")) == "en"


def test_language_chosen_before_sign_in_is_saved(app, browser):
    browser.get("/lang/en")
    sign_in(browser)
    assert saved_language(app) == "en"


def test_sign_out_resets_language(browser):
    sign_in(browser)
    browser.get("/lang/en")
    token = TOKEN.search(browser.get("/logout/").text)[1]
    browser.post("/logout/", data={"csrf_token": token})
    assert page_language(browser.get("/login/")) == "km"


def test_language_change_returns_to_page(browser):
    answer = browser.get("/lang/en", headers={"Referer": "http://localhost/login/?next=%2F"})
    assert answer.location == "/login/?next=%2F"


@pytest.mark.parametrize("elsewhere", ["http://evil.example/login/", "http://localhost//evil.example", ""])
def test_language_change_never_redirects_to_other_site(browser, elsewhere):
    answer = browser.get("/lang/en", headers={"Referer": elsewhere})
    assert "evil" not in answer.location


def test_api_language_is_set_by_parameter(browser):
    assert "page" in browser.get("/api/v1/fails?_l_=en").json["detail"]
    assert "ទំព័រ" in browser.get("/api/v1/fails?_l_=km").json["detail"]


def test_missing_page_uses_reader_language(browser):
    page = browser.get("/no/such/page")
    assert page.status_code == 404
    assert "រកមិនឃើញទំព័រ" in page.text
    browser.get("/lang/en")
    assert "Page not found." in browser.get("/no/such/page").text


def test_wrong_method_keeps_allow_header(browser):
    page = browser.get("/form")
    assert page.status_code == 405
    assert set(page.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}


def test_error_page_shows_message_of_abort(browser):
    assert "ចំនួនជួរក្នុងមួយទំព័រត្រូវជាលេខ។" in browser.get("/says").text


def test_server_error_number_is_in_log(browser, caplog):
    page = browser.get("/fails")
    assert page.status_code == 500
    number = re.search(r"ជូនដំណឹងលេខ ([0-9A-F]{6})។", page.text)[1]
    assert f"Error {number} in fails" in caplog.text
    assert "a fault of ours" not in page.text


def test_server_error_is_json_for_programs(browser):
    page = browser.get("/fails", headers={"Accept": "application/json"})
    assert page.status_code == 500
    assert "ប្រព័ន្ធមានបញ្ហា" in page.json["detail"]


def test_form_of_expired_page_can_be_sent_again(browser):
    page = browser.post("/form", data={"summary": "\nសេចក្តីសង្ខេប <b>", "csrf_token": "old"})
    assert page.status_code == 400
    assert "ទំព័រនេះបើកចោលយូរពេក" in page.text
    assert '<textarea name="summary" hidden>\n\nសេចក្តីសង្ខេប &lt;b&gt;</textarea>' in page.text.replace(
        "\r", ""
    )
    again = {"summary": "សេចក្តីសង្ខេប", "csrf_token": TOKEN.search(page.text)[1]}
    assert browser.post("/form", data=again).text == "taken"


def test_password_is_never_sent_back(browser):
    page = browser.post("/login/", data={"username": "sokha", "password": "my secret", "csrf_token": "old"})
    assert page.status_code == 400
    assert "my secret" not in page.text
    assert "<textarea" not in page.text


def test_form_of_other_site_is_not_offered_again(browser):
    page = browser.post("/form", data={"summary": "theirs"}, headers={"Origin": "http://evil.example"})
    assert page.status_code == 400
    assert "theirs" not in page.text


def test_template_filters_use_reader_language(app):
    template = (
        "{{ a|kh_date }} · {{ b|kh_moment }} · {{ a|long_date(True) }} · {{ 1612|number }} · {{ c|span }}"
    )
    values = {"a": date(2026, 3, 5), "b": datetime(2026, 3, 5, 14, 30), "c": timedelta(hours=17)}
    with app.test_request_context():
        with force_locale("km"):
            khmer = render_template_string(template, **values)
        with force_locale("en"):
            english = render_template_string(template, **values)
    assert khmer == "០៥/០៣/២០២៦ · ០៥/០៣/២០២៦ ម៉ោង\u00a0១៤:៣០ · ថ្ងៃព្រហស្បតិ៍ ទី៥ ខែមីនា ឆ្នាំ២០២៦ · ១.៦១២ · ១៧ ម៉ោង"
    assert english == "05/03/2026 · 05/03/2026 14:30 · Thursday 5 March 2026 · 1,612 · 17 hours"


def test_form_error_is_khmer_with_khmer_digits(app):
    class Short(Form):
        text = StringField(validators=[Length(max=3)])

    with app.test_request_context(), force_locale("km"):
        form = Short(data={"text": "abcdef"})
        assert not form.validate()
        assert form.text.errors == ["វែងពេក។ សូមបញ្ចូលច្រើនបំផុត ៣ តួអក្សរ។"]


def test_every_role_has_khmer_name(app):
    with app.test_request_context(), force_locale("km"):
        assert not [name for name in roles.TABLE if gettext(name) == name]


def test_role_name_uses_reader_language(app):
    with app.test_request_context(), force_locale("km"):
        user = db.session.scalar(select(User).where(User.username == "sokha"))
        assert [str(role) for role in user.roles] == ["មន្ត្រីស៊ើបអង្កេត"]


def test_catalogue_is_compiled_only_if_changed(tmp_path):
    folder = tmp_path / "km" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    source, compiled = folder / "messages.po", folder / "messages.mo"
    source.write_text('msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n', encoding="utf-8")
    assert language.compile_catalogues(tmp_path) == ["km"]
    assert language.compile_catalogues(tmp_path) == []
    source.write_text(
        source.read_text(encoding="utf-8") + '\nmsgid "Save"\nmsgstr "រក្សាទុក"\n', encoding="utf-8"
    )
    later = compiled.stat().st_mtime + 1
    os.utime(source, (later, later))
    assert language.compile_catalogues(tmp_path) == ["km"]
    with compiled.open("rb") as file:
        assert Translations(file).gettext("Save") == "រក្សាទុក"


def test_message_localizes_numbers_but_not_texts(app):
    sentence = "%(name)s: %(number)d"
    with app.test_request_context():
        with force_locale("km"):
            assert gettext(sentence, name="12-2026-000001", number=1998) == "12-2026-000001: ១៩៩៨"
        with force_locale("en"):
            assert gettext(sentence, name="12-2026-000001", number=1998) == "12-2026-000001: 1998"


def test_database_error_still_returns_page(tmp_path):
    app = create_app(
        SECRET_KEY="k" * 40,
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / 'without_tables.db'}",
        SESSION_COOKIE_SECURE=False,
        PROPAGATE_EXCEPTIONS=False,
    )
    browser = app.test_client()
    with browser.session_transaction() as session:
        session["_user_id"] = "1"
    page = browser.get("/")
    assert page.status_code == 500
    assert page_language(page) == "km"
    assert "ប្រព័ន្ធមានបញ្ហា" in page.text


def test_template_message_is_translated_and_escaped(app):
    words = "{{ _('Open %(name)s', name=name) }}"
    with app.test_request_context(), force_locale("km"):
        khmer = render_template_string(words, name="<b>សុខ</b>")
    with app.test_request_context(), force_locale("en"):
        english = render_template_string(words, name="<b>Sok</b>")
    assert english == "Open &lt;b&gt;Sok&lt;/b&gt;"
    assert "Open" not in khmer and "&lt;b&gt;សុខ&lt;/b&gt;" in khmer
