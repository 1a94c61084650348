"""Users and roles: the pages on which administrators manage accounts."""
# commits: each change of an account is one unit of work

from flask import abort, current_app, flash, g, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.accounts import access_reviews, dormant_accounts, staff_actions, staff_requests
from app.accounts import delegation as acts
from app.accounts import staff_queries as people
from app.accounts.account_functions import CODES, get_functions
from app.accounts.admin_scope import get_admin_profile, get_delegation, get_role_names
from app.accounts.reauthentication import require_fresh_sign_in
from app.accounts.staff_forms import (
    MAX_LINES,
    build_account_form,
    build_batch_form,
    compute_fingerprint,
    read_lines,
)
from app.accounts.staff_models import StaffRequest
from app.kernel.concurrency.database_errors import UNPROCESSABLE
from app.kernel.concurrency.unit_of_work import SaveRejected, unit_of_work
from app.kernel.schema import code_lists
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.text import khmer

NOT_YOURS = _("You do not have permission to do this with this account.")
MAX_REASON_LENGTH = 300  # characters of a reason
REQUEST_SENT = _("Requested. Another person must decide.")
ALREADY_SENT = _("This was already requested and is waiting for a decision.")
ROLE_HEADINGS = {
    acts.ALONE: _("Roles you can assign or remove"),
    acts.CHIEF: _("The chief of the unit confirms"),
    acts.SECOND: _("Needs a second administrator"),
}


def get_role_text(role):
    """Return (name, description) of a role, in the reader's language."""
    return current_app.extensions["ecrime.role_words"].get(role, (role, ""))


def get_template_helpers():
    """Return the template variables for roles, functions, ranks and dormant accounts."""
    return {
        "role_text": get_role_text,
        "functions_of": get_functions,
        "dormant": dormant_accounts,
        "code_label": code_lists.label,
    }


def read_reason(name="reason"):
    """Return the normalized reason in this field of the form, or "" if it is missing or invalid."""
    try:
        return khmer.normalize(request.form.get(name, ""))[:MAX_REASON_LENGTH]
    except khmer.InvalidText:
        return ""


def commit_or_abort(save):
    """Call `save`, commit and return its result. Roll back and abort if a rule or the database refuses it."""
    try:
        with unit_of_work(where="StaffView"):
            return save()
    except SaveRejected as rejection:  # by a rule, or the second of two parallel requests
        abort(403 if rejection.status == UNPROCESSABLE else rejection.status, rejection.message)


class StaffView(BaseView):
    """Users of the reader's unit and below: search, create, change and close accounts, grant and remove roles."""

    route_base = "/staff"
    default_view = "list"
    class_permission_name = "Staff"
    method_permission_name = {
        "list": "list", "search": "list", "show": "show", "add": "add", "add_many": "add", "edit": "edit", "roles": "edit",
        "password": "edit", "factor": "edit", "close": "edit", "reopen": "edit",
    }  # fmt: skip

    @expose("/list/")
    @has_access
    def list(self):
        me = people.get_granter()
        unit, role = request.args.get("unit", "")[:20], request.args.get("role", "")[:64]
        found, more = people.list_users(me, request.args.get("after", "")[:40], unit, role)
        return self._list(found, more=more, unit=unit, role=role)

    @expose("/search", methods=["POST"])
    @has_access
    def search(self):
        """Search by name. It is a POST, so that no name appears in a URL."""
        text = request.form.get("q", "")[:100]
        return self._list(people.find_users(people.get_granter(), text), text=text)

    def _list(self, found, **context):
        me = people.get_granter()
        return self.render_template(
            "accounts/staff.html",
            title=gettext("Users and roles"),
            people=found,
            factors=people.find_second_factor_ids(found),
            granter=me,
            count=people.count_users(me),
            review=access_reviews.get_review_state(me.unit, me.managed_units is None),
            waiting=len(people.list_pending_requests(g.user)),
            roles=current_app.extensions["ecrime.role_words"],
            **get_template_helpers(),
            **context,
        )

    @expose("/add", methods=["GET", "POST"])
    @has_access
    @require_fresh_sign_in
    def add(self):
        me = people.get_granter()
        form = build_account_form(me, is_new=True)(request.form if request.method == "POST" else None)
        if request.method == "POST" and form.validate():
            values = {name: form[name].data or None for name in ("username", "name_km", "rank", "phone")}
            created = commit_or_abort(lambda: staff_actions.add_account(me, form["unit"].unit, **values))
            if created is not None:
                user, password = created
                if not self.appbuilder.sm.stores_passwords:
                    return redirect(url_for(".show", pk=user.id))
                return self._render_password(user, password)
            form["unit"].errors = [gettext("You do not manage this unit. Choose another.")]
        status = 200 if request.method == "GET" else 422
        return self._form(form, gettext("Add a user")), status

    @expose("/add-many", methods=["GET", "POST"])
    @has_access
    @require_fresh_sign_in
    def add_many(self):
        """Create several accounts of one unit: the table is checked and shown, then created as it was shown."""
        me, lines, shown = people.get_granter(), [], ""
        roles = [(name, get_role_text(name)[0]) for name in get_delegation().get_grantable_roles(me.roles)]
        form = build_batch_form(me, roles)(request.form if request.method == "POST" else None)
        if request.method == "POST":
            is_valid, lines = form.validate(), read_lines(form["lines"].data)
            self._check_batch(form, lines)
            is_valid = is_valid and not form.errors and not any(line.problems for line in lines)
            if is_valid:
                shown = compute_fingerprint(form["unit"].unit, form["role"].data, form["reason"].data, lines)
            if is_valid and request.form.get("shown") == shown:
                made = self._create_batch(me, form, lines)
                if made is not None:
                    return self.render_template(
                        "accounts/staff_passwords.html", title=gettext("One-time passwords"), made=made
                    )
                is_valid = False
        page = self.render_template(
            "accounts/staff_batch.html",
            title=gettext("Add several users"),
            form=form,
            lines=lines,
            shown=shown,
            **get_template_helpers(),
        )
        return page, 422 if request.method == "POST" and not is_valid else 200

    def _check_batch(self, form, lines):
        """Add the messages about the table as a whole."""
        if len(lines) > MAX_LINES:
            form["lines"].errors = [gettext("Enter at most %(most)s people at once.", most=MAX_LINES)]
        if form["role"].data and not form["reason"].data:
            form["reason"].errors = [gettext("Enter the reason.")]

    def _create_batch(self, me, form, lines):
        """Return the new users with their passwords, or None with a message at a field."""
        unit, role, reason = form["unit"].unit, form["role"].data, form["reason"].data
        try:
            with unit_of_work(where="StaffView"):
                made = staff_actions.add_accounts(me, unit, lines, role, reason)
                if made is None:
                    raise RuleViolation([Problem("unit", NOT_YOURS)])
        except SaveRejected as rejection:
            form["unit"].errors = [str(problem.text) for problem in rejection.problems] or [rejection.message]
            return None
        return made

    def _form(self, form, title, user=None):
        return self.render_template("accounts/staff_form.html", title=title, form=form, user=user)

    def _render_password(self, user, password):
        return self.render_template(
            "accounts/staff_password.html", title=gettext("One-time password"), user=user, password=password
        )

    @expose("/show/<int(max=2147483647):pk>")
    @has_access
    def show(self, pk):
        return self._page(people.get_user_or_404(people.get_granter(), pk))

    def _page(self, user, wanted=None, problem="", account_problem="", status=200):
        me, target, rule = people.get_granter(), get_admin_profile(user), get_delegation()
        grantable = rule.get_grantable_roles(me.roles)
        seconds = {role: rule.find_second(me, acts.ASSIGN, target, role) for role in grantable}
        page = self.render_template(
            "accounts/staff_person.html",
            title=user.name_km or user.get_full_name(),
            user=user,
            target=target,
            granter=me,
            is_self=user.id == me.user_id,
            may_change=rule.may(me, acts.CHANGE, target),
            role_groups=[
                (heading, [role for role in grantable if seconds[role] == second])
                for second, heading in ROLE_HEADINGS.items()
            ],
            above=[one for one in current_app.extensions["ecrime.role_words"] if one not in grantable],
            wanted=target.roles if wanted is None else wanted,
            functions=[(code, str(label)) for code, label in code_lists.choices(CODES)],
            wanted_functions=get_functions(user) if wanted is None else set(request.form.getlist("function")),
            problem=problem,
            account_problem=account_problem,
            reason=read_reason(),
            factor=user.id in people.find_second_factor_ids([user]),
            requests=people.list_requests(StaffRequest.user_id == user.id, limit=20),
            **get_template_helpers(),
        )
        return page, status

    @expose("/edit/<int(max=2147483647):pk>", methods=["GET", "POST"])
    @has_access
    @require_fresh_sign_in
    def edit(self, pk):
        me, user = people.get_granter(), self._get_editable_user(pk)
        form_class = build_account_form(me, is_new=False)
        unit = user.unit if form_class.by_record else user.unit_code
        values_before = {"name_km": user.name_km, "unit": unit, "rank": user.rank, "phone": user.phone}
        form = form_class(request.form if request.method == "POST" else None, data=values_before)
        if request.method == "POST" and form.validate():
            values = {name: form[name].data or None for name in ("name_km", "rank", "phone")}
            done = self._change(me, user, form, values)
            if done:
                flash(REQUEST_SENT if done == "requested" else gettext("Saved."), "success")
                return redirect(url_for(".show", pk=pk))
        status = 200 if request.method == "GET" else 422
        return self._form(form, gettext("Edit particulars"), self._get_editable_user(pk)), status

    def _change(self, me, user, form, values):
        """Return what `change_account` did, or None with a message at a field."""
        unit, reason = form["unit"].unit, form["reason"].data
        try:
            with unit_of_work(where="StaffView"):
                done = staff_actions.change_account(me, user, unit, reason or "", **values)
                if done == "pending":
                    raise RuleViolation([Problem("unit", ALREADY_SENT)])
                if done == "requested" and not reason:
                    raise RuleViolation([Problem("reason", gettext("Enter the reason."))])
                if done is None:
                    raise RuleViolation([Problem("unit", gettext("You cannot move this user to that unit."))])
        except SaveRejected as rejection:
            for problem in rejection.problems:
                form[problem.field or "unit"].errors = [problem.text]
            return None
        return done

    def _get_editable_user(self, pk):
        """Return the user if the reader may change the account. Abort with 403 if they may only view it."""
        user = people.get_user_or_404(people.get_granter(), pk)
        return (
            user
            if get_delegation().may(people.get_granter(), acts.CHANGE, get_admin_profile(user))
            else abort(403, str(NOT_YOURS))
        )

    @expose("/roles/<int(max=2147483647):pk>", methods=["POST"])
    @has_access
    @require_fresh_sign_in
    def roles(self, pk):
        me, user, reason = people.get_granter(), self._get_editable_user(pk), read_reason()
        wanted, functions = (set(request.form.getlist(name)) for name in ("role", "function"))
        if not functions <= set(code_lists.keys(CODES)):
            abort(400)
        if not wanted <= get_delegation().get_grantable_roles(me.roles).keys() | get_role_names(user):
            abort(403, str(NOT_YOURS))
        if not reason:
            return self._page(user, wanted, gettext("Enter the reason."), status=422)
        if not get_delegation().can_combine(wanted):
            message = gettext("Administrators and auditors cannot hold any other role.")
            return self._page(user, wanted, message, status=422)
        done = commit_or_abort(
            lambda: (
                staff_actions.set_roles(me, user, wanted, reason),
                staff_actions.set_functions(me, user, functions, reason),
            )
        )
        if None in done:
            abort(403, str(NOT_YOURS))
        (granted, removed, requested), (ended, requested_functions) = done
        if granted or removed or ended:
            flash(gettext("The roles were changed. The officer must sign in again."), "success")
        if requested or requested_functions:
            flash(REQUEST_SENT, "info")
        return redirect(url_for(".show", pk=pk))

    @expose("/password/<int(max=2147483647):pk>", methods=["POST"])
    @has_access
    @require_fresh_sign_in
    def password(self, pk):
        if not self.appbuilder.sm.stores_passwords:
            abort(404)
        return self._perform(pk, acts.PASSWORD)

    @expose("/second-factor/<int(max=2147483647):pk>", methods=["POST"])
    @has_access
    @require_fresh_sign_in
    def factor(self, pk):
        return self._perform(pk, acts.FACTOR)

    @expose("/reopen/<int(max=2147483647):pk>", methods=["POST"])
    @has_access
    @require_fresh_sign_in
    def reopen(self, pk):
        def reopen(me, user, _reason):
            return staff_actions.reopen_account(me, user)

        return self._perform(pk, acts.REOPEN, reopen, gettext("The account was reopened."))

    @expose("/close/<int(max=2147483647):pk>", methods=["POST"])
    @has_access
    @require_fresh_sign_in
    def close(self, pk):
        message = gettext("The account was closed. Its sessions were ended.")
        return self._perform(pk, acts.CLOSE, staff_actions.close_account, message)

    def _perform(self, pk, act, perform=None, message=""):
        """Request the act if it needs a second person, otherwise perform it."""
        me, user, reason = people.get_granter(), self._get_editable_user(pk), read_reason()
        if not reason:
            return self._page(user, account_problem=gettext("Enter the reason."), status=422)
        if get_delegation().needs_second(me, act, get_admin_profile(user)):
            requested = commit_or_abort(lambda: staff_requests.request_approval(me, act, user, reason=reason))
            flash(REQUEST_SENT if requested is not None else ALREADY_SENT, "info")
        else:
            if not commit_or_abort(lambda: perform(me, user, reason)):
                abort(403, str(NOT_YOURS))
            flash(message, "success")
        return redirect(url_for(".show", pk=pk))
