"""Sentences of rules are translated when they are read, not when they are written."""

from datetime import date, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from babel.messages.extract import extract
from flask import Flask, render_template_string
from flask_babel import Babel, force_locale

from app.kernel.i18n.lazy_message import _


@pytest.fixture
def page():
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        yield


def test_without_a_page_a_sentence_is_english():
    assert str(_("At most %(limit)s years.", limit=110)) == "At most 110 years."
    assert str(_("100 % is said as it stands.")) == "100 % is said as it stands."


@pytest.mark.parametrize(
    ("value", "english", "khmer"),
    [
        (1612, "1,612", "១.៦១២"),
        (Decimal("80.5"), "80.5", "៨០,៥"),
        (date(2026, 3, 5), "05/03/2026", "០៥/០៣/២០២៦"),
        (datetime(2026, 3, 5, 14, 30), "05/03/2026 14:30", "០៥/០៣/២០២៦ ម៉ោង\u00a0១៤:៣០"),
        ("P-0000007", "P-0000007", "P-0000007"),
        (_("felony"), "felony", "felony"),
    ],
)
def test_a_sentence_takes_the_form_of_whoever_reads_it(page, value, english, khmer):
    sentence = _("%(value)s", value=value)
    with force_locale("en"):
        assert str(sentence) == english
    with force_locale("km"):
        assert str(sentence) == khmer


def test_a_page_escapes_what_somebody_typed(page):
    sentence = _("%(code)s is not the code of a country.", code="<b>")
    assert render_template_string("{{ sentence }}", sentence=sentence).startswith("&lt;b&gt;")


def test_sentences_are_found_for_translation():
    source = BytesIO(
        b'from app.kernel.i18n.lazy_message import _\ntext = _("At most %(limit)s years.", limit=110)\n'
    )
    assert [message for _line, message, _comments, _context in extract("python", source)] == [
        "At most %(limit)s years."
    ]


def test_equal_sentences_are_equal():
    assert _("At most %(limit)s.", limit=1) == _("At most %(limit)s.", limit=1)
    assert _("At most %(limit)s.", limit=1) != _("At most %(limit)s.", limit=2)
