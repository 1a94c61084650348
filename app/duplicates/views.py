"""The pages of likely duplicates: the list, and one pair side by side with its merge proposal or dismissal."""

from flask import abort, flash, g, make_response, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from sqlalchemy import select

from app.duplicates import actions, comparison, notifications, pair_areas
from app.duplicates.merge_step_view import MergeStepView, read_reason
from app.duplicates.models import DISMISSED, REQUESTED, WAITING, Duplicate, PersonMerge
from app.extensions import db
from app.kernel.actor import actor_of
from app.kernel.audit import access_log
from app.kernel.audit.rate_limit import NAMED_PERSON, count_question
from app.kernel.concurrency.database_errors import UNPROCESSABLE
from app.kernel.schema import code_lists
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.text import khmer
from app.people.merged_records import find_surviving_id
from app.people.models import Person


class DuplicateView(MergeStepView):
    """Pairs with at least one record that the reader sees."""

    datamodel = SQLAInterface(Duplicate)
    class_permission_name = "Duplicate"
    base_permissions = ["can_list", "can_show", "can_propose"]
    list_title, show_title = _("Likely duplicates"), _("One person or two?")
    empty_text = _("No pairs to compare. E-Crime compares each new person with all others.")
    list_columns = ["first", "second", "evidence", "state", "found_at"]
    search_columns = ["state"]
    label_columns = {
        "first": _("One record"),
        "second": _("The other record"),
        "evidence": _("Matching evidence"),
    }
    cell_kinds = {"first": "lead", "state": "short", "found_at": "id"}
    base_order = ("weight", "desc")
    needs_purpose = frozenset((access_log.LIST, access_log.OPEN))
    extra_columns = ("first_id", "second_id")
    list_template, show_template = "duplicates/pairs.html", "duplicates/pair.html"
    method_permission_name = MergeStepView.method_permission_name | {
        "name": "propose", "propose": "propose", "dismiss": "propose",
    }  # fmt: skip

    # The list

    def build_list_page(self, within=(), **options):
        """Return the open pairs, unless the reader filters by another state."""
        if not any(name.startswith("_flt_") for name in request.args):
            within = (*within, Duplicate.state.in_((WAITING, REQUESTED)))
        area = actor_of(db.session).scope.area
        if area:
            within = (*within, Duplicate.id.in_(pair_areas.select_pairs_in(area[:2])))
        return super().build_list_page(within, **options)

    def build_cells(self, listing, columns):
        g.cards = comparison.load_cards({one for row in listing.rows for one in row.ids})
        return super().build_cells(listing, columns)

    def format_cell(self, record, name):
        if name in ("first", "second"):
            return self._name_cell(record, getattr(record, f"{name}_id"), name == "first")
        if name == "evidence":
            kinds = dict.fromkeys(one.kind for one in record.evidence)
            return " · ".join(code_lists.label("duplicate_evidence", kind) for kind in kinds)
        return super().format_cell(record, name)

    def _name_cell(self, record, person_id, is_link):
        card, is_visible = g.cards.get(person_id, (None, False))
        note = (
            ""
            if is_visible
            else Markup('<br><span class="small muted">{}</span>').format(gettext("outside your area"))
        )
        name = card.name if card else notifications.format_person_number(person_id)
        if is_link:
            name = Markup('<a class="name" href="{}">{}</a>').format(self.record_url(record.id), name)
        latin = card.name_latin if card else ""
        return Markup('{}<br><span class="small lat">{}</span>{}').format(name, latin, note)

    # One pair

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk):
        return self._page(self.find(pk))

    _joins = ()

    def _page(self, pair, status=200, error="", named=None):
        """Return the page of a pair. `named` holds the person and the typed number of a pair that is not stored."""
        sides = comparison.load_sides(pair.ids)
        merges = (
            select(PersonMerge).where(PersonMerge.duplicate_id == pair.id).order_by(PersonMerge.id.desc())
        )
        page = self.render_template(
            self.show_template,
            title=self.show_title,
            pair=pair,
            sides=sides,
            fields=list(comparison.compare_fields(*sides)),
            evidence=[
                (code_lists.label("duplicate_evidence", one.kind), one.found_at) for one in pair.evidence
            ],
            merges=db.session.scalars(merges).unique().all(),
            may_propose=pair.state in (WAITING, DISMISSED) and self.may_do("propose"),
            waits=pair.state == WAITING and named is None,
            named=named,
            error=error,
        )
        return make_response(page, status)

    @expose("/propose/<int:pk>", methods=["POST"])
    @has_access
    def propose(self, pk):
        pair = self.find(str(pk))
        return self._run_step(
            lambda: actions.propose_merge(g.user, pair, _read_surviving_id(pair), read_reason("reason")),
            self._after_request,
            lambda status, error: self._page(self.find(str(pk)), status, error),
            lambda: self._show_open_request(pk),
        )

    def _after_request(self, merge):
        flash(gettext("The proposal was sent. Another officer decides."), "success")
        return redirect(url_for("MergeView.show", pk=merge.id))

    def _show_open_request(self, pk):
        """Redirect to the request of a first click, or of another officer at the same moment."""
        found = db.session.scalar(
            select(PersonMerge.id).where(PersonMerge.duplicate_id == pk, PersonMerge.state == REQUESTED)
        )
        if found is None:
            return None
        flash(gettext("This was already requested. See the request here."), "warning")
        return redirect(url_for("MergeView.show", pk=found))

    @expose("/dismiss/<int:pk>", methods=["POST"])
    @has_access
    def dismiss(self, pk):
        pair = self.find(str(pk))
        return self._run_step(
            lambda: actions.propose_dismissal(g.user, pair, read_reason("dismissal")),
            self._after_request,
            lambda status, error: self._page(self.find(str(pk)), status, error),
            lambda: self._show_open_request(pk),
        )

    @expose("/choose/<int:pk>", methods=["GET", "POST"])
    @has_access
    def name(self, pk):
        """Compare this person with the record of a number, and create the pair with the proposal to merge them."""
        access_log.require_purpose()
        person = db.session.get(Person, pk) if 0 < pk < 2**31 else None
        if person is None:
            abort(404)
        access_log.log_view(person)
        if request.method == "GET":
            return self._name_page(person)
        typed = request.form.get("number", "")
        count_question(NAMED_PERSON)
        other = _parse_person_number(typed)
        other = (find_surviving_id(other) or other) if other else None
        found = comparison.load_cards([other]) if other and other != pk else {}
        access_log.log_search("named", typed, sorted(found))
        if not found:
            error = gettext("There is no other person with this number. Compare it with the record.")
            return self._name_page(person, UNPROCESSABLE, error, typed)
        pair = actions.find_pair(pk, other)
        if pair is not None:
            return redirect(url_for("DuplicateView.show", pk=pair.id))
        return self._compare_named(person, other, typed)

    def _compare_named(self, person, other, typed):
        """Return the page of a pair that is not stored; a proposal with a reason stores it."""
        pair = Duplicate(first_id=min(person.id, other), second_id=max(person.id, other), state=WAITING)
        if "reason" not in request.form:
            return self._page(pair, named=(person.id, typed))
        return self._run_step(
            lambda: actions.propose_merge(
                g.user, actions.create_pair(*pair.ids), _read_surviving_id(pair), read_reason("reason")
            ),
            self._after_request,
            lambda status, error: self._page(pair, status, error, (person.id, typed)),
        )

    def _name_page(self, person, status=200, error="", typed=""):
        page = self.render_template(
            "duplicates/choose_person.html",
            title=_("Another record of this person"),
            person=person,
            error=error,
            typed=typed,
        )
        return make_response(page, status)


def _read_surviving_id(pair):
    """Return the id of the chosen record of this pair. Raises RuleViolation without a choice."""
    chosen = request.form.get("staying", "")
    if chosen not in map(str, pair.ids):
        raise RuleViolation([Problem("staying", _("Choose the record that stays."))])
    return int(chosen)


def _parse_person_number(text):
    """Return the id in a typed person number, or None for any other text."""
    try:
        digits = (
            khmer.to_latin_digits(khmer.normalize(text))
            .upper()
            .replace(" ", "")
            .removeprefix("P")
            .removeprefix("-")
        )
    except khmer.InvalidText:
        return None
    return int(digits) if digits.isdecimal() and len(digits) < 10 else None
