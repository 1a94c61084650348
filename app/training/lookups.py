"""The lookup of courses."""

from sqlalchemy import or_, select

from app.extensions import db
from app.kernel.schema import lookups
from app.training.models import Course

MAX_FOUND = 8


def _find_courses(text):
    matches = or_(
        Course.title_km.contains(text, autoescape=True), Course.title_en.icontains(text, autoescape=True)
    )
    found = (
        select(Course).where(matches, Course.voided_at.is_(None)).order_by(Course.id.desc()).limit(MAX_FOUND)
    )
    return [
        {"id": str(one.id), "text": str(one), "detail": one.title_en or "", "mark": None, "icon": "book-open"}
        for one in db.session.scalars(found)
    ]


def _get_course(key):
    return db.session.get(Course, int(key)) if key.isascii() and key.isdigit() and len(key) < 10 else None


def register():
    """Register the lookup of this package."""
    lookups.register("course", _find_courses, _get_course)
