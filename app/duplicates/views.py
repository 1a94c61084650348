"""The screens of likely duplicates: the list, and one pair side by side, where one proposes or says that they are two."""

from flask import abort, flash, g, make_response, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.duplicates import actions, comparison, pair_areas
from app.duplicates.merge_step_view import Stepping, reason_typed
from app.duplicates.models import ASKED, JOINED, WAITS, Duplicate, Joining
from app.extensions import db
from app.kernel.actor import actor_of
from app.kernel.audit import access_log
from app.kernel.concurrency.database_errors import UNPROCESSABLE
from app.kernel.schema import code_lists
from app.kernel.text import khmer
from app.people.merged_records import leads_to
from app.people.models import Person

STATE = "_flt_0_state"  # the filter of the list


class DuplicateView(Stepping):
    """Pairs of which the reader sees at least one record."""

    datamodel = SQLAInterface(Duplicate)
    class_permission_name = "Duplicate"
    base_permissions = ["can_list", "can_show", "can_propose"]
    list_title, show_title = _("Likely duplicates"), _("One person or two?")
    nothing_told = _("No two records wait to be compared. Each new person is compared with all others.")
    list_columns = ["first", "second", "evidence", "state", "found_at"]
    search_columns = ["state"]
    label_columns = {
        "first": _("One record"),
        "second": _("The other record"),
        "evidence": _("What speaks for it"),
    }
    cell_kinds = {"first": "lead", "state": "short", "found_at": "id"}
    base_order = ("weight", "desc")
    needs_purpose = frozenset((access_log.LIST, access_log.OPEN))
    extra_columns = ("first_id", "second_id")
    list_template, show_template = "duplicates/pairs.html", "duplicates/pair.html"
    method_permission_name = Stepping.method_permission_name | {
        "name": "propose", "propose": "propose", "dismiss": "propose",
    }  # fmt: skip

    # The list

    def listing(self, within=()):
        """What waits, unless the reader asks for another state."""
        if not any(name.startswith("_flt_") for name in request.args):
            within = (*within, Duplicate.state.in_((WAITS, ASKED)))
        area = actor_of(db.session).scope.area
        if area:
            within = (*within, Duplicate.id.in_(pair_areas.pairs_in(area[:2])))
        return super().listing(within)

    def list_of(self, listing, without=None, **options):
        g.cards = comparison.cards_of({one for row in listing.rows for one in row.ids})
        return super().list_of(listing, without, **options)

    def cell(self, record, name):
        if name in ("first", "second"):
            return self._name(record, getattr(record, f"{name}_id"), name == "first")
        if name == "evidence":
            kinds = dict.fromkeys(one.kind for one in record.evidence)
            return " · ".join(code_lists.label("duplicate_evidence", kind) for kind in kinds)
        return super().cell(record, name)

    def _name(self, record, person_id, leads):
        card, mine = g.cards.get(person_id, (None, False))
        told = (
            ""
            if mine
            else Markup('<br><span class="small muted">{}</span>').format(gettext("outside the area"))
        )
        name = card.name if card else actions.telling.number_of(person_id)
        if leads:
            name = Markup('<a class="name" href="{}">{}</a>').format(self.address_of(record.id), name)
        latin = card.name_latin if card else ""
        return Markup('{}<br><span class="small lat">{}</span>{}').format(name, latin, told)

    # One pair

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk):
        return self._page(self.find(pk))

    _joins = ()

    def _page(self, pair, status=200, told="", typed=None):
        sides = comparison.side_by_side(pair.ids)
        joinings = select(Joining).where(Joining.duplicate_id == pair.id).order_by(Joining.id.desc())
        page = self.render_template(
            self.show_template,
            title=self.show_title,
            pair=pair,
            sides=sides,
            lines=list(comparison.lines_of(*sides)),
            evidence=[
                (code_lists.label("duplicate_evidence", one.kind), one.found_at) for one in pair.evidence
            ],
            joinings=db.session.scalars(joinings).unique().all(),
            proposes=pair.state not in (ASKED, JOINED) and self.may("propose"),
            waits=pair.state == WAITS,
            told=told,
            typed=typed or {},
        )
        return make_response(page, status)

    @expose("/propose/<int:pk>", methods=["POST"])
    @has_access
    def propose(self, pk):
        pair, staying = self.find(str(pk)), request.form.get("staying", "")
        if staying not in map(str, pair.ids):
            told = gettext("Choose the record that stays.")
            return self._page(pair, UNPROCESSABLE, told, request.form)
        reason, told = reason_typed("reason")
        if told:
            return self._page(pair, UNPROCESSABLE, told, request.form)
        return self._step(
            lambda: actions.propose(g.user, pair, int(staying), reason),
            lambda joining: self._sent(joining),
            lambda status, told: self._page(self.find(str(pk)), status, told, request.form),
            lambda: self._asked_before(pk),
        )

    def _sent(self, joining):
        flash(gettext("The proposal was sent. Somebody else decides."), "success")
        return redirect(url_for("JoiningView.show", pk=joining.id))

    def _asked_before(self, pk):
        """By the first of two clicks, or by somebody else at the same moment."""
        found = db.session.scalar(
            select(Joining.id).where(Joining.duplicate_id == pk, Joining.state == ASKED)
        )
        if found is None:
            return None
        flash(gettext("This is asked for already: see here."), "warning")
        return redirect(url_for("JoiningView.show", pk=found))

    @expose("/dismiss/<int:pk>", methods=["POST"])
    @has_access
    def dismiss(self, pk):
        pair = self.find(str(pk))
        reason, told = reason_typed("dismissal")
        if told:
            return self._page(pair, UNPROCESSABLE, told, request.form)
        return self._step(
            lambda: actions.dismiss(g.user, pair, reason),
            lambda _done: self._dismissed(),
            lambda status, told: self._page(self.find(str(pk)), status, told, request.form),
        )

    def _dismissed(self):
        flash(
            gettext("Kept: they are two people. The pair comes back only if something new speaks for it."),
            "success",
        )
        return redirect(url_for("DuplicateView.list"))

    @expose("/name/<int:pk>", methods=["GET", "POST"])
    @has_access
    def name(self, pk):
        """Somebody knows a second record of this person, and names it by its number."""
        access_log.need_purpose()
        person = db.session.get(Person, pk) if 0 < pk < 2**31 else None
        if person is None:
            abort(404)
        access_log.opened(person)
        if request.method == "GET":
            return self._name_page(person)
        typed = request.form.get("number", "")
        other = _number_in(typed)
        other = (leads_to(other) or other) if other else None
        if not other or other == pk or not comparison.cards_of([other]):
            told = gettext("There is no other person with this number. Compare it with the record.")
            return self._name_page(person, UNPROCESSABLE, told, typed)
        try:
            pair = actions.pair_of(pk, other)
            db.session.commit()
        except IntegrityError:
            db.session.rollback()
            abort(409)
        return redirect(url_for("DuplicateView.show", pk=pair.id))

    def _name_page(self, person, status=200, told="", typed=""):
        page = self.render_template(
            "duplicates/name.html",
            title=_("Another record of this person"),
            person=person,
            told=told,
            typed=typed,
        )
        return make_response(page, status)


def _number_in(text):
    """The id in a person's number as people write it; None for any other text."""
    try:
        digits = (
            khmer.latin_digits(khmer.normal(text))
            .upper()
            .replace(" ", "")
            .removeprefix("P")
            .removeprefix("-")
        )
    except khmer.Refused:
        return None
    return int(digits) if digits.isdecimal() and len(digits) < 10 else None
