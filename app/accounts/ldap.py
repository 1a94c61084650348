"""Password checks against a directory (LDAP): what Flask-AppBuilder's own support leaves out."""

import logging
from contextlib import contextmanager

from flask import g

from app.accounts.lockout import PasswordServerError

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 5  # for each step; without a limit, a silent directory would block every thread


class LdapMixin:
    """LDAP methods of the security manager. Place it before FAB's class."""

    def is_ldap_password(self, user, password):
        """Return whether the directory accepts the password. Raise PasswordServerError if it does not answer."""
        # Many directories accept an empty password as an anonymous bind (RFC 4513, 5.1.2). That proves nothing.
        if user is None or not password.strip("\0"):
            return False
        import ldap

        for option in (ldap.OPT_NETWORK_TIMEOUT, ldap.OPT_TIMEOUT):
            ldap.set_option(option, TIMEOUT_SECONDS)
        g.directory_answered = False
        known = super().auth_user_ldap(user.username, password) is not None
        if not g.directory_answered:  # FAB also returns None if StartTLS fails
            raise PasswordServerError
        return known

    def _ldap_bind_indirect(self, ldap, con):
        with _ldap_errors(ldap.LDAPError):
            super()._ldap_bind_indirect(ldap, con)

    def _search_ldap(self, ldap, con, username):
        with _ldap_errors(ldap.LDAPError):
            return super()._search_ldap(ldap, con, username)

    def _ldap_bind(self, ldap, con, dn, password):
        # Any other error is about this user, for example an expired password or a locked entry.
        with _ldap_errors(ldap.SERVER_DOWN, ldap.CONNECT_ERROR, ldap.TIMEOUT, ldap.UNAVAILABLE, ldap.BUSY):
            return super()._ldap_bind(ldap, con, dn, password)


@contextmanager
def _ldap_errors(*errors):
    """Raise PasswordServerError for these errors.

    FAB treats them as a wrong password, which would lock the name of every user who tries during an outage.
    """
    try:
        yield
        g.directory_answered = True
    except errors as error:
        log.error("The directory does not answer: %r", error)
        raise PasswordServerError from error
