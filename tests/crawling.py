"""Every page that accepts GET, with the addresses of existing records."""

import hashlib
import re

from sqlalchemy import select

from app.extensions import db
from app.kernel.screens.record_view import RecordView


def find_pages(app, session):
    """Return (rule, URL) of every GET route, with an existing record of its class."""
    known = {}
    for view in app.extensions["appbuilder"].baseviews:
        if isinstance(view, RecordView) or hasattr(view, "view"):
            model = view.datamodel.obj
            key = session.scalar(select(model.__mapper__.primary_key[0]).limit(1))
            known[type(view).__name__] = key
    found = []
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if "GET" not in rule.methods or rule.endpoint in ("static", "appbuilder.static"):
            continue
        key = known.get(rule.endpoint.split(".")[0])
        url = re.sub(r"<(?:[^:>]+:)?pk>", str(key if key is not None else 1), rule.rule)
        found.append((rule, re.sub(r"<(?:[^:>]+:)?(\w+)>", lambda part: VALUES[part[1]], url)))
    return found


VALUES = {
    "entity": "case",
    "key": "PC-02",
    "seq": "1",
    "what": "case",
    "part": "people",
    "position": "1",
    "code": "02",
    "one": "1",
    "kind": "person-photo",
    "size": "64",
    "name": "place",
    "token": "a-token",
    "locale": "en",
    "file_id": "1",
    "filename": "x.js",
    "suffix": "csv",
    "guide": "clerk",
    "serial": "1-00000000",
}


def hashes(session, except_for=()):
    """Return table → a hash of all its rows."""
    told = {}
    for table in db.metadata.sorted_tables:
        if table.name not in except_for:
            # As text: no value needs its Python type.
            query = table.select().order_by(*table.primary_key.columns).compile(session.get_bind())
            rows = session.connection().exec_driver_sql(str(query)).all()
            told[table.name] = hashlib.sha256(repr(rows).encode()).hexdigest()
    return told
