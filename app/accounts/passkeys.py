"""Passkeys (WebAuthn): keys of a device or a security key, as second factor in addition to the codes of a telephone.

The device signs a challenge for the site that asks, so an answer for another site is worth nothing here. The challenge is
derived from the stored session and not stored itself, so that opening a page writes nothing. It changes with the token of
the session, at each success.
"""

import ipaddress

from cryptography.exceptions import UnsupportedAlgorithm
from flask import current_app, request
from sqlalchemy import select, update
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.accounts import encryption
from app.accounts.models import Passkey
from app.extensions import db
from app.kernel.text import dates

MAX_ANSWER = 20_000  # characters
# The library wraps most errors of a malformed answer, but not all.
BAD_ANSWER = (WebAuthnException, ValueError, TypeError, LookupError, RecursionError, UnsupportedAlgorithm)
ADD, USE = "add", "use"  # one challenge for each


def get_host():
    """Return the host name of this request, or None if it is not configured or is an address: it has no passkeys."""
    name = request.host.partition(":")[0]
    configured = {one.partition(":")[0] for one in current_app.config["FAB_SAFE_REDIRECT_HOSTS"]}
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name if name in configured else None
    return None


def list_passkeys(user_id, *where):
    """Return the user's passkeys, oldest first."""
    return db.session.scalars(
        select(Passkey).where(Passkey.user_id == user_id, *where).order_by(Passkey.id)
    ).all()


def build_add_options(user, sign_in):
    """Return the options of `navigator.credentials.create` as JSON, or "" if this host has no passkeys."""
    if (host := get_host()) is None:
        return ""
    options = generate_registration_options(
        rp_id=host,
        rp_name=current_app.config["APP_NAME"],
        user_id=str(user.id).encode(),
        user_name=user.username,
        challenge=_derive_challenge(ADD, sign_in),
        exclude_credentials=_describe_passkeys(user.id, host),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
    )
    return options_to_json(options)


def build_use_options(user_id, sign_in):
    """Return the options of `navigator.credentials.get` as JSON, or "" if the user has no passkey of this host."""
    host = get_host()
    known = _describe_passkeys(user_id, host) if host else []
    if not known:
        return ""
    options = generate_authentication_options(
        rp_id=host,
        challenge=_derive_challenge(USE, sign_in),
        allow_credentials=known,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return options_to_json(options)


def add_passkey(user_id, sign_in, name, answer):
    """Add the passkey of the browser's answer. Return its row, or None if the answer is wrong or the key is known."""
    host = get_host()
    if host is None or len(answer) > MAX_ANSWER:
        return None
    try:
        found = verify_registration_response(
            credential=answer,
            expected_challenge=_derive_challenge(ADD, sign_in),
            expected_rp_id=host,
            expected_origin=_get_origin(),
        )
    except BAD_ANSWER:
        return None
    credential_id = bytes_to_base64url(found.credential_id)
    if db.session.scalar(select(Passkey.id).where(Passkey.credential_id == credential_id)) is not None:
        return None
    row = Passkey(user_id=user_id, name=name, host=host, credential_id=credential_id, added_at=dates.now())
    row.public_key, row.sign_count = found.credential_public_key, found.sign_count
    db.session.add(row)
    db.session.flush()
    return row


def use_passkey(user_id, sign_in, answer):
    """Return "passkey" if the browser's answer is signed by a passkey of the user for this session, else None."""
    host = get_host()
    if host is None or len(answer) > MAX_ANSWER:
        return None
    try:
        credential = parse_authentication_credential_json(answer)
        row = _find_passkey(user_id, host, credential.id)
        found = row and verify_authentication_response(
            credential=credential,
            expected_challenge=_derive_challenge(USE, sign_in),
            expected_rp_id=host,
            expected_origin=_get_origin(),
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
        )
    except BAD_ANSWER:
        return None
    if not found:
        return None
    # One UPDATE compares and sets the count, so that of two parallel requests with one answer only one succeeds.
    used = db.session.execute(
        update(Passkey)
        .where(Passkey.id == row.id, Passkey.sign_count == row.sign_count)
        .values(sign_count=found.new_sign_count, used_at=dates.now())
        .execution_options(synchronize_session=False)
    )
    return "passkey" if used.rowcount else None


def _find_passkey(user_id, host, credential_id):
    where = Passkey.credential_id == credential_id[:1400], Passkey.host == host
    return next(iter(list_passkeys(user_id, *where)), None)


def _describe_passkeys(user_id, host):
    rows = list_passkeys(user_id, Passkey.host == host)
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(row.credential_id)) for row in rows]


def _derive_challenge(use, sign_in):
    return encryption.derive_bytes("passkey challenge", f"{use}:{sign_in.token_hash}")


def _get_origin():
    """Return the origin that the browser must have signed: scheme, configured host and port of this request."""
    return request.host_url.rstrip("/")
