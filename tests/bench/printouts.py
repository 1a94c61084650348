"""The time for a hundred case sheets in one PDF, from the rows to the last page. Nothing is written."""

import time
from types import SimpleNamespace

from flask_babel import force_locale
from sqlalchemy import select

from app import create_app
from app.cases.models import Case
from app.extensions import db
from app.kernel.actor import SYSTEM, act_as, actor_of
from app.printouts import case_sheets
from app.printouts.footer import build_frame_texts
from app.printouts.typesetting import typeset

SHEETS, SECONDS = 100, 20  # limit in seconds
OFFICER = SimpleNamespace(name_km="សុខ ដារ៉ា", unit_code="PC-12")


def measure(url):
    """Return elapsed and processor seconds."""
    app = create_app(SECRET_KEY="only for the benchmark", SQLALCHEMY_DATABASE_URI=url)
    with app.test_request_context(), force_locale("km"):
        act_as(db.session, SYSTEM)
        ids = db.session.scalars(select(Case.id).order_by(Case.id.desc()).limit(SHEETS)).all()
        begun, worked = time.perf_counter(), time.process_time()
        sheets = [case_sheets.build_printout(case) for case in case_sheets.load_records(ids)]
        typeset(sheets, build_frame_texts(OFFICER, actor_of(db.session), "1-3FA9C2D1", ""))
        took = {"seconds": time.perf_counter() - begun, "processor": time.process_time() - worked}
        db.session.remove()
        db.engine.dispose()
    return took | {"sheets": len(ids), "target": SECONDS}
