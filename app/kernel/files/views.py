"""Uploading files and showing them again. A file follows its record: who may not see that, sees no file."""

import hmac
import logging

from flask import abort, current_app, jsonify, make_response, request, send_file, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import permission_name
from flask_babel import gettext
from flask_login import current_user

from app.extensions import db
from app.kernel.audit import access_log
from app.kernel.files import store
from app.kernel.text import dates, khmer

log = logging.getLogger(__name__)

FULL = "full"
SIZES = {**{str(side): side for side in store.SIDES}, FULL: None}
LONGEST_NAME = 120
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    # Asked again each time, so that a right that was taken counts at once; the ETag saves the bytes.
    "Cache-Control": "private, no-cache",
}

_served = {}


def serve(kind, model, resource):
    """Let the files of `model`, a FileRecord, be shown at /file/<kind>/… to whoever may show `resource`."""
    _served[kind] = (model, resource)


def small(kind, pk, size):
    """The address of a small picture for a page, which has left its own trace: with a word of today for this reader.

    The word is the same all day, so that a browser keeps the picture.
    """
    return url_for("FileView.open", kind=kind, pk=pk, size=size, w=_word(kind, pk))


def shown_on_a_page(kind, pk):
    """Whether the address of this request came from a page of this reader."""
    return hmac.compare_digest(request.args.get("w", "").encode(), _word(kind, pk).encode())


def _word(kind, pk):
    known = f"{kind}:{pk}:{current_user.id}:{dates.now():%Y-%m-%d}"
    return hmac.digest(current_app.secret_key.encode(), known.encode(), "sha256").hex()[:20]


class FileView(BaseView):
    """The bytes of photos and documents, whole or small, and the way they come in."""

    route_base = "/file"
    default_view = "open"
    class_permission_name = "File"

    @expose("/<kind>/<int:pk>/<size>", methods=["GET"])
    @permission_name("open")
    def open(self, kind, pk, size):
        """One file of one record: `size` is 64, 264 (small pictures) or full."""
        if kind not in _served or size not in SIZES:
            abort(404)
        model, resource = _served[kind]
        self._only_for("can_open", self.class_permission_name)
        self._only_for("can_show", resource)
        record = db.session.get(model, pk) if pk < 2**31 else None
        if record is None:
            abort(404)
        if size == FULL or not shown_on_a_page(kind, pk):
            access_log.opened_file(record)
        return self._sent(record, SIZES[size], f"{kind}-{pk}")

    @expose("/held/<token>", methods=["GET"])
    @permission_name("open")
    def held(self, token):
        """A small picture of a file that this user has uploaded and not yet registered."""
        self._only_for("can_open", self.class_permission_name)
        held = store.unsign(token, current_user.id)
        if held is None:
            abort(404)
        return self._sent(held, max(store.SIDES), "held")

    @expose("/upload", methods=["POST"])
    @permission_name("save")
    def upload(self):
        """Keep the file of the multipart field `file` and give a word for it, to be sent with the form."""
        self._only_for("can_save", "Entry")
        try:
            name, stored = received()
        except store.FileRefused as refusal:
            return make_response(jsonify(error=str(refusal)), 422)
        token = store.sign(stored, current_user.id)
        url = f"{self.route_base}/held/{token}"
        return jsonify(token=token, name=name, mime=stored.mime, size=stored.size, url=url)

    def _only_for(self, permission, resource):
        if not current_user.is_authenticated:
            abort(401)
        if not self.appbuilder.sm.has_access(permission, resource):
            abort(403)

    def _sent(self, file, side, name):
        paper = file.mime == store.PDF
        if paper and side is not None:
            abort(404)
        try:
            path = store.path_of(file.sha256) if side is None else store.thumbnail(file.sha256, side)
            answer = send_file(
                path,
                mimetype=file.mime if side is None else "image/webp",
                as_attachment=paper,
                download_name=f"{name}.{'pdf' if paper else 'jpg' if side is None else 'webp'}",
                etag=file.sha256,
                conditional=True,
            )
        except (OSError, ValueError):
            log.exception("The file of %s is missing or unreadable", name)
            abort(404)
        answer.headers.update(HEADERS)
        return answer


def received():
    """(its name, what is kept) of the multipart field `file` of this request. Raises FileRefused."""
    sent = request.files.get("file")
    name = _clean(sent.filename) if sent else ""
    if not name:
        raise store.FileRefused(gettext("No file came along. Choose a file and send it again."))
    return name, store.store(sent.stream, name)


def _clean(filename):
    """The name as people see it, without folders and without what turns the writing around."""
    try:
        name = khmer.normal((filename or "").replace("\\", "/").rpartition("/")[2])
    except khmer.Refused:
        return gettext("file without a readable name")
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"
