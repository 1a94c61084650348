"""Users and roles: the screens on which a unit administrator, or an administrator, looks after accounts."""

from flask import abort, current_app, flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.exc import IntegrityError

from app.accounts import access_reviews, dormant_accounts, staff_actions
from app.accounts import delegation as acts
from app.accounts import staff_queries as people
from app.accounts.admin_scope import role_names, rules, standing
from app.accounts.reauthentication import needs_fresh_sign_in
from app.accounts.staff_forms import account_form
from app.accounts.staff_models import StaffRequest
from app.extensions import db
from app.kernel.concurrency import database_errors
from app.kernel.schema import code_lists
from app.kernel.schema.rules import RuleBroken
from app.kernel.text import khmer

NOT_YOURS = _("No right to do this with this account.")
LONGEST = 300  # characters of a reason


def said(role):
    """(name, what it does) of a role, in the reader's language."""
    return current_app.extensions["ecrime.role_words"].get(role, (role, ""))


def in_words():
    """What the templates of people need to say roles, ranks and how long an account lies unused."""
    return {"said": said, "unused": dormant_accounts, "code_label": code_lists.label}


def reason_given():
    """The reason in the form in normal form; empty where there is none, or one that cannot be kept."""
    try:
        return khmer.normal(request.form.get("reason", ""))[:LONGEST]
    except khmer.Refused:
        return ""


def kept(saves):
    """Do it and commit. Gives what it gave; where the session says no, nothing is kept and the answer is 403."""
    try:
        done = saves()
        db.session.commit()
    except RuleBroken:
        db.session.rollback()
        abort(403, str(NOT_YOURS))
    except IntegrityError as fault:  # of two at once, the second
        db.session.rollback()
        status, sentence = database_errors.meaning(fault, "an account")
        abort(status, str(sentence))
    return done


class StaffView(BaseView):
    """People of one's unit and below: found, made, changed, closed; their roles given and taken."""

    route_base = "/staff"
    default_view = "list"
    class_permission_name = "Staff"
    method_permission_name = {
        "list": "list", "search": "list", "show": "show", "add": "add", "edit": "edit", "roles": "edit",
        "password": "edit", "factor": "edit", "close": "edit", "reopen": "edit",
    }  # fmt: skip

    @expose("/list/")
    @has_access
    def list(self):
        me = people.granter()
        unit, role = request.args.get("unit", "")[:20], request.args.get("role", "")[:64]
        found, more = people.page(me, request.args.get("after", "")[:40], unit, role)
        return self._list(found, more=more, unit=unit, role=role)

    @expose("/search", methods=["POST"])
    @has_access
    def search(self):
        """By name: names travel in no URL, so the answer stands at this address."""
        text = request.form.get("q", "")[:100]
        return self._list(people.named(people.granter(), text), text=text)

    def _list(self, found, **more):
        me = people.granter()
        return self.render_template(
            "accounts/staff.html",
            title=gettext("Users and roles"),
            people=found,
            factors=people.with_factor(found),
            granter=me,
            count=people.count(me),
            review=access_reviews.state(me.unit, me.reach is None),
            waiting=len(people.waiting()) if me.reach is None else 0,
            roles=current_app.extensions["ecrime.role_words"],
            **in_words(),
            **more,
        )

    @expose("/add", methods=["GET", "POST"])
    @has_access
    @needs_fresh_sign_in
    def add(self):
        me = people.granter()
        form = account_form(me, is_new=True)(request.form if request.method == "POST" else None)
        if request.method == "POST" and form.validate():
            values = {name: form[name].data or None for name in ("username", "name_km", "rank", "phone")}
            made = kept(lambda: staff_actions.add(me, form["unit"].unit, **values))
            if made is not None:
                user, password = made
                if not self.appbuilder.sm.keeps_passwords:
                    return redirect(url_for(".show", pk=user.id))
                return self._say_password(user, password)
            form["unit"].errors = [gettext("This unit is not among those that are looked after here.")]
        status = 200 if request.method == "GET" else 422
        return self._form(form, gettext("Add a user")), status

    def _form(self, form, title, user=None):
        return self.render_template("accounts/staff_form.html", title=title, form=form, user=user)

    def _say_password(self, user, password):
        return self.render_template(
            "accounts/staff_password.html", title=gettext("One-time password"), user=user, password=password
        )

    @expose("/show/<int(max=2147483647):pk>")
    @has_access
    def show(self, pk):
        return self._page(people.found(people.granter(), pk))

    def _page(self, user, wanted=None, problem="", status=200):
        me, target = people.granter(), standing(user)
        ways = rules().ways(me.roles)
        page = self.render_template(
            "accounts/staff_person.html",
            title=user.name_km or user.get_full_name(),
            user=user,
            target=target,
            granter=me,
            himself=user.id == me.user_id,
            may_change=rules().may(me, acts.CHANGE, target),
            seconds=any(rules().needs_second(me, act, target) for act in (acts.PASSWORD, acts.REOPEN)),
            alone=[one for one in ways if not rules().needs_second(me, acts.GIVE, target, one)],
            second=[one for one in ways if rules().needs_second(me, acts.GIVE, target, one)],
            above=[one for one in current_app.extensions["ecrime.role_words"] if one not in ways],
            wanted=target.roles if wanted is None else wanted,
            problem=problem,
            reason=reason_given(),
            factor=user.id in people.with_factor([user]),
            requests=people.requests(StaffRequest.user_id == user.id),
            **in_words(),
        )
        return page, status

    @expose("/edit/<int(max=2147483647):pk>", methods=["GET", "POST"])
    @has_access
    @needs_fresh_sign_in
    def edit(self, pk):
        me, user = people.granter(), self._mine(pk)
        kind = account_form(me, is_new=False)
        unit = user.unit if kind.by_record else user.unit_code
        held = {"name_km": user.name_km, "unit": unit, "rank": user.rank, "phone": user.phone}
        form = kind(request.form if request.method == "POST" else None, data=held)
        if request.method == "POST" and form.validate():
            values = {name: form[name].data or None for name in ("name_km", "rank", "phone")}
            if self._changed(me, user, form["unit"].unit, values):
                flash(gettext("Saved."), "success")
                return redirect(url_for(".show", pk=pk))
            form["unit"].errors = [
                gettext(
                    "The roles of this person may not be taken along into this unit. Take them away first, then give them"
                    " there."
                )
            ]
        status = 200 if request.method == "GET" else 422
        return self._form(form, gettext("Change particulars"), self._mine(pk)), status

    def _changed(self, me, user, unit, values):
        try:
            done = staff_actions.change(me, user, unit, **values)
            db.session.commit()
        except RuleBroken:
            done = False
        if not done:
            db.session.rollback()
        return done

    def _mine(self, pk):
        """The account, where it may be changed by the reader; one that is only seen is refused."""
        user = people.found(people.granter(), pk)
        return (
            user if rules().may(people.granter(), acts.CHANGE, standing(user)) else abort(403, str(NOT_YOURS))
        )

    @expose("/roles/<int(max=2147483647):pk>", methods=["POST"])
    @has_access
    @needs_fresh_sign_in
    def roles(self, pk):
        me, user, reason = people.granter(), self._mine(pk), reason_given()
        wanted = set(request.form.getlist("role"))
        if not wanted <= rules().ways(me.roles).keys() | role_names(user):
            abort(403, str(NOT_YOURS))
        if not reason:
            return self._page(user, wanted, gettext("Give the reason."), 422)
        if not rules().go_together(wanted):
            sentence = gettext(
                "This role is held alone: who watches over all accounts or the trace has no other role."
            )
            return self._page(user, wanted, sentence, 422)
        done = kept(lambda: staff_actions.set_roles(me, user, wanted, reason))
        if done is None:
            abort(403, str(NOT_YOURS))
        given, taken, asked = done
        if given or taken:
            flash(gettext("The roles are changed. The person signs in again."), "success")
        if asked:
            flash(gettext("Asked: another administrator decides."), "info")
        return redirect(url_for(".show", pk=pk))

    @expose("/password/<int(max=2147483647):pk>", methods=["POST"])
    @has_access
    @needs_fresh_sign_in
    def password(self, pk):
        if not self.appbuilder.sm.keeps_passwords:
            abort(404)
        me, user = people.granter(), self._mine(pk)
        if self._asks(me, acts.PASSWORD, user):
            return redirect(url_for(".show", pk=pk))
        password = kept(lambda: staff_actions.set_password(me, user)) or abort(403, str(NOT_YOURS))
        return self._say_password(user, password)

    @expose("/factor/<int(max=2147483647):pk>", methods=["POST"])
    @has_access
    @needs_fresh_sign_in
    def factor(self, pk):
        sentence = gettext("The second step is removed. The person sets it up again.")
        return self._do(pk, acts.FACTOR, staff_actions.remove_factor, sentence)

    @expose("/reopen/<int(max=2147483647):pk>", methods=["POST"])
    @has_access
    @needs_fresh_sign_in
    def reopen(self, pk):
        return self._do(pk, acts.REOPEN, staff_actions.reopen, gettext("The account is open again."))

    @expose("/close/<int(max=2147483647):pk>", methods=["POST"])
    @has_access
    @needs_fresh_sign_in
    def close(self, pk):
        reason = reason_given()

        def act(me, user):
            return staff_actions.close(me, user, reason)

        return self._do(pk, acts.CLOSE, act, gettext("The account is closed. Its sessions have ended."))

    def _do(self, pk, act, doing, sentence):
        me, user = people.granter(), self._mine(pk)
        if not self._asks(me, act, user):
            if not kept(lambda: doing(me, user)):
                abort(403, str(NOT_YOURS))
            flash(sentence, "success")
        return redirect(url_for(".show", pk=pk))

    def _asks(self, me, act, user):
        """Whether the act needs another administrator, who is asked now."""
        if not rules().needs_second(me, act, standing(user)):
            return False
        asked = kept(lambda: staff_actions.ask(me, act, user, None, reason_given() or "-"))
        if asked is None:
            flash(gettext("This was asked before and waits for another administrator."), "info")
        else:
            flash(gettext("Asked: another administrator decides."), "info")
        return True
