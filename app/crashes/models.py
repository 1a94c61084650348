"""Models: the facts of a traffic crash, and its road users. Both are rows of a case; its people have the injuries."""

from decimal import Decimal

from flask_babel import lazy_gettext as _
from sqlalchemy import ForeignKey, Index, Numeric, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.cases.models import Case, Involvement
from app.cases.row_filter import CaseChild
from app.crashes import rules
from app.investigation.models import find_people_shown
from app.kernel.access.area import HasArea
from app.kernel.i18n.yes_no import APPLIES
from app.kernel.schema import code_lists
from app.kernel.schema.fields import code_field, count, field, flag, link
from app.kernel.schema.record import Record
from app.kernel.schema.rules import Problem

IS_VALID = text("voided_at IS NULL")


class Crash(CaseChild, HasArea, Record):
    """How and where a crash happened. A case has one."""

    __tablename__ = "crash"
    __rules__ = rules.CRASH
    __withdrawable__ = True
    __editable_after_lock__ = ()
    __conflicts__ = {
        "ix_crash_one": Problem("case", _("This case has the facts of its crash already."), "V174"),
    }

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    case: Mapped[Case] = link(case_id, lookup="case", label=_("Case"), on="list show add")
    kind: Mapped[str] = code_field("crash_kind", label=_("Kind of crash"), on="list show add edit search")
    cause: Mapped[str] = code_field("crash_cause", label=_("Main cause"), on="list show add edit search")
    second_cause: Mapped[str | None] = code_field(
        "crash_cause", label=_("Second cause"), on="show add edit search"
    )
    fled: Mapped[bool] = flag(APPLIES, label=_("A driver fled"), on="list show add edit search")
    road: Mapped[str] = code_field("road_kind", label=_("Road"), on="list show add edit search")
    road_place: Mapped[str | None] = code_field("road_place", label=_("Part of the road"), on="show add edit")
    surface: Mapped[str | None] = code_field(
        "road_surface", label=_("Surface of the road"), on="show add edit"
    )
    weather: Mapped[str | None] = code_field("weather", label=_("Weather"), on="show add edit search")
    light: Mapped[str | None] = code_field("light", label=_("Light at the time"), on="show add edit search")
    speed_limit: Mapped[int | None] = count(label=_("Speed limit, km/h"), on="show add edit")
    description: Mapped[str | None] = field(
        Text,
        label=_("Positions, traces and measures"),
        help=_("Attach the sketch of the scene to the case as a document."),
        on="show add edit",
        width=12,
    )

    __table_args__ = (
        Index("ix_crash_one", "case_id", unique=True, sqlite_where=IS_VALID, postgresql_where=IS_VALID),
    )

    def __str__(self):
        return code_lists.label("crash_kind", self.kind)


class RoadUser(CaseChild, HasArea, Record):
    """A vehicle with its driver, or a pedestrian, in the crash of a case."""

    __tablename__ = "road_user"
    __rules__ = rules.ROAD_USER
    __voided_with__ = ("case", "involvement")
    __withdrawable__ = True
    __editable_after_lock__ = ()

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    involvement_id: Mapped[int | None] = mapped_column(ForeignKey("involvement.id"), index=True)

    case: Mapped[Case] = link(case_id, lookup="case", label=_("Case"), on="list show add")
    kind: Mapped[str] = code_field("road_user", label=_("Road user"), on="list show add edit search")
    involvement: Mapped[Involvement | None] = link(
        involvement_id,
        lookup="case_person",
        label=_("Driver or pedestrian"),
        help=_("Type the number of the case and choose."),
        on="list show add edit",
    )
    plate: Mapped[str | None] = field(
        String(20), label=_("Number plate"), on="list show add edit", width=3, private=True
    )
    people: Mapped[int | None] = count(label=_("People in or on it"), on="show add edit", width=2)
    movement: Mapped[str | None] = code_field(
        "road_movement", label=_("Movement on the road"), on="list show add edit"
    )
    protection: Mapped[str | None] = code_field(
        "road_protection", label=_("Helmet or seat belt of the driver"), on="list show add edit"
    )
    licence: Mapped[str | None] = code_field(
        "driving_licence", label=_("Driving licence"), on="show add edit"
    )
    breath_alcohol: Mapped[Decimal | None] = field(
        Numeric(4, 2), label=_("Alcohol in the breath, mg per litre"), on="show add edit", width=3
    )
    damage: Mapped[str | None] = field(String(400), label=_("Damage"), on="show add edit", width=12)

    @property
    def people_shown(self):
        return find_people_shown(self.involvement)

    @property
    def person(self):
        return self.involvement

    def __str__(self):
        return code_lists.label("road_user", self.kind)
