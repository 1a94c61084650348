"""How long a hundred case sheets take in one PDF, from the rows to the last page. Nothing is written."""

import time
from types import SimpleNamespace

from flask_babel import force_locale
from sqlalchemy import select

from app import create_app
from app.cases.models import Case
from app.extensions import db
from app.kernel.actor import THE_REGISTER, act_as, actor_of
from app.printouts import case_sheets
from app.printouts.footer import words_of
from app.printouts.typesetting import typeset

SHEETS, SECONDS = 100, 20  # at most so many seconds
OFFICER = SimpleNamespace(name_km="សុខ ដារ៉ា", unit_code="PC-12")


def measure(url):
    """Seconds of the clock and of the processor."""
    app = create_app(SECRET_KEY="only for the benchmark", SQLALCHEMY_DATABASE_URI=url)
    with app.test_request_context(), force_locale("km"):
        act_as(db.session, THE_REGISTER)
        ids = db.session.scalars(select(Case.id).order_by(Case.id.desc()).limit(SHEETS)).all()
        begun, worked = time.perf_counter(), time.process_time()
        sheets = [case_sheets.sheet_of(case) for case in case_sheets.read_all(ids)]
        typeset(sheets, words_of(OFFICER, actor_of(db.session), 1))
        took = {"seconds": time.perf_counter() - begun, "processor": time.process_time() - worked}
        db.session.remove()
        db.engine.dispose()
    return took | {"sheets": len(ids), "target": SECONDS}
