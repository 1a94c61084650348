"""What a directory (LDAP) says of a password. Flask-AppBuilder asks it; here stands what it leaves open."""

import logging
from contextlib import contextmanager

from flask import g

from app.accounts.lockout import NoAnswer

log = logging.getLogger(__name__)

LONGEST = 5  # seconds that the directory may take for each step; without an end a silent one would hold every thread


class Directory:
    """Stands before FAB's security manager."""

    def directory_knows(self, user, password):
        """Whether the directory takes that password for `user`. Raises NoAnswer where it does not say."""
        # No password is no proof, though many directories answer to it: they let nobody in, and gladly (RFC 4513, 5.1.2).
        if user is None or not password.strip("\0"):
            return False
        import ldap

        for option in (ldap.OPT_NETWORK_TIMEOUT, ldap.OPT_TIMEOUT):
            ldap.set_option(option, LONGEST)
        g.directory_answered = False
        known = super().auth_user_ldap(user.username, password) is not None
        if not g.directory_answered:  # FAB says no as well where StartTLS fails
            raise NoAnswer
        return known

    def _ldap_bind_indirect(self, ldap, con):
        with _hears(ldap.LDAPError):
            super()._ldap_bind_indirect(ldap, con)

    def _search_ldap(self, ldap, con, username):
        with _hears(ldap.LDAPError):
            return super()._search_ldap(ldap, con, username)

    def _ldap_bind(self, ldap, con, dn, password):
        # Any other fault is said of this user: his password has run out, or his entry is shut.
        with _hears(ldap.SERVER_DOWN, ldap.CONNECT_ERROR, ldap.TIMEOUT, ldap.UNAVAILABLE, ldap.BUSY):
            return super()._ldap_bind(ldap, con, dn, password)


@contextmanager
def _hears(*faults):
    """FAB takes each of these for a wrong password, which would shut the names of all who try meanwhile."""
    try:
        yield
        g.directory_answered = True
    except faults as fault:
        log.error("The directory gives no answer: %r", fault)
        raise NoAnswer from fault
