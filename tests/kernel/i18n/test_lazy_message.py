"""Messages of rules are translated when they are read."""

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


def test_message_outside_request_is_english():
    assert str(_("At most %(limit)s years.", limit=110)) == "At most 110 years."
    assert str(_("100 % stays as it is.")) == "100 % stays as it is."


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
def test_message_values_are_formatted_for_the_reader(page, value, english, khmer):
    message = _("%(value)s", value=value)
    with force_locale("en"):
        assert str(message) == english
    with force_locale("km"):
        assert str(message) == khmer


def test_template_escapes_message_values(page):
    message = _("%(code)s is not the code of a country.", code="<b>")
    assert render_template_string("{{ message }}", message=message).startswith("&lt;b&gt;")


def test_messages_are_extracted_by_babel():
    source = BytesIO(
        b'from app.kernel.i18n.lazy_message import _\ntext = _("At most %(limit)s years.", limit=110)\n'
    )
    assert [message for _line, message, _comments, _context in extract("python", source)] == [
        "At most %(limit)s years."
    ]


def test_messages_with_equal_text_and_values_are_equal():
    assert _("At most %(limit)s.", limit=1) == _("At most %(limit)s.", limit=1)
    assert _("At most %(limit)s.", limit=1) != _("At most %(limit)s.", limit=2)
