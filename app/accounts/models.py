"""A user is FAB's user with a unit, a rank, a Khmer name and a language.

FAB's `User` takes columns in place; a subclass of it breaks FAB's groups.
"""

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import mapped_column, relationship

from app.reference.models import Unit

User.unit_code = mapped_column(String(20), ForeignKey("unit.code"))
User.language = mapped_column(String(2), nullable=False, default="km", server_default="km")
User.name_km = mapped_column(String(120))
User.unit = relationship(Unit, foreign_keys=User.unit_code, lazy="joined")

__all__ = ["User"]
