"""Views to upload and show files. A file has the access rules of its record."""

import hmac
import logging

from flask import abort, current_app, jsonify, make_response, request, send_file, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import permission_name
from flask_babel import gettext
from flask_login import current_user

from app.extensions import db
from app.kernel.audit import access_log
from app.kernel.files import attachments, store
from app.kernel.text import dates, khmer

log = logging.getLogger(__name__)

FULL = "full"
SIZES = {**{str(side): side for side in store.THUMBNAIL_SIDES}, FULL: None}
MAX_NAME_LENGTH = 120
FILES = "files"  # the rows of a form that accept audio, video and office files too
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    # The browser asks each time, so that a withdrawn permission has effect at once. The ETag saves the transfer.
    "Cache-Control": "private, no-cache",
}
# A browser stores no full photo or document. Thumbnails of lists stay until sign-out, which clears the cache.
FULL_HEADERS = HEADERS | {"Cache-Control": "private, no-store"}

_file_kinds = {}


def register_file_kind(kind, model, resource):
    """Show the files of `model`, a FileRecord, at /file/<kind>/… to users who may show `resource`."""
    _file_kinds[kind] = (model, resource)


def thumbnail_url(kind, pk, size):
    """Return the URL of a thumbnail on a page that has logged its own view, with a token of this reader for today.

    The token is the same all day, so that the browser can cache the thumbnail.
    """
    return url_for("FileView.open", kind=kind, pk=pk, size=size, w=_page_token(kind, pk))


def has_page_token(kind, pk):
    """Return True if the URL of this request has a valid token of `thumbnail_url`."""
    return hmac.compare_digest(request.args.get("w", "").encode(), _page_token(kind, pk).encode())


def _page_token(kind, pk):
    text = f"{kind}:{pk}:{current_user.id}:{dates.now():%Y-%m-%d}"
    return hmac.digest(current_app.config["SECRET_KEY"].encode(), text.encode(), "sha256").hex()[:20]


class FileView(BaseView):
    """Upload and download of photos and documents."""

    route_base = "/file"
    default_view = "open"
    class_permission_name = "File"

    @expose("/<kind>/<int:pk>/<size>", methods=["GET"])
    @permission_name("open")
    def open(self, kind, pk, size):
        """Return the file of a record. `size` is 64 or 264 (thumbnails) or full."""
        if kind not in _file_kinds or size not in SIZES:
            abort(404)
        model, resource = _file_kinds[kind]
        self._require_permission("can_open", self.class_permission_name)
        self._require_permission("can_show", resource)
        record = db.session.get(model, pk) if pk < 2**31 else None
        if record is None:
            abort(404)
        if size == FULL or not has_page_token(kind, pk):
            access_log.log_file(record)
        return send_stored_file(record, SIZES[size], f"{kind}-{pk}")

    @expose("/pending/<token>", methods=["GET"])
    @permission_name("open")
    def pending(self, token):
        """Return the thumbnail of a file that this user has uploaded and not yet registered."""
        self._require_permission("can_open", self.class_permission_name)
        stored = store.verify_token(token, current_user.id)
        if stored is None:
            abort(404)
        return send_stored_file(stored, max(store.THUMBNAIL_SIDES), "pending")

    @expose("/upload", methods=["POST"])
    @permission_name("save")
    def upload(self):
        """Store the multipart field `file` and return its token, which is sent with the form."""
        self._require_permission("can_save", "Entry")
        try:
            name, stored = receive_upload(with_attachments=request.form.get("rows") == FILES)
        except store.FileRefused as refusal:
            return make_response(jsonify(error=str(refusal)), 422)
        token = store.create_token(stored, current_user.id)
        url = f"{self.route_base}/pending/{token}"
        return jsonify(token=token, name=name, mime=stored.mime, size=stored.size, url=url)

    def _require_permission(self, permission, resource):
        if not current_user.is_authenticated:
            abort(401)
        if not self.appbuilder.sm.has_access(permission, resource):
            abort(403)


def send_stored_file(file, side, name):
    """Return the response with a stored file, or its thumbnail of that side."""
    is_photo = file.mime == store.JPEG
    if not is_photo and side is not None:
        abort(404)
    is_attachment = not is_photo and file.mime != store.PDF
    own_mime = (
        "application/octet-stream" if is_attachment else file.mime
    )  # a browser must not play or open it
    extension = attachments.find_extension(file.mime) or ("jpg" if is_photo else "pdf")
    try:
        path = store.file_path(file.sha256) if side is None else store.ensure_thumbnail(file.sha256, side)
        answer = send_file(
            path,
            mimetype=own_mime if side is None else "image/webp",
            as_attachment=not is_photo,
            download_name=f"{name}.{extension if side is None else 'webp'}",
            etag=file.sha256,
            conditional=True,
        )
    except (OSError, ValueError):
        log.exception("The file of %s is missing or unreadable", name)
        abort(404)
    answer.headers.update(FULL_HEADERS if side is None else HEADERS)
    return answer


def receive_upload(with_attachments=False):
    """Store the multipart field `file` of this request. Return (file name, StoredFile). Raises FileRefused."""
    sent = request.files.get("file")
    name = clean_filename(sent.filename) if sent else ""
    if not sent or not name:
        raise store.FileRefused(gettext("No file was received. Choose a file and send it again."))
    return name, store.save_file(sent.stream, name, with_attachments)


def clean_filename(filename):
    """Return the visible file name, without folders and without bidirectional control characters."""
    try:
        name = khmer.normalize((filename or "").replace("\\", "/").rpartition("/")[2])
    except khmer.InvalidText:
        return gettext("file without a readable name")
    return name if len(name) <= MAX_NAME_LENGTH else f"{name[:MAX_NAME_LENGTH]}…"
