"""A fake of python-ldap, which is not in the lock file: a directory in memory for Flask-AppBuilder."""

SCOPE_SUBTREE, OPT_REFERRALS, OPT_NETWORK_TIMEOUT, OPT_TIMEOUT = 2, 8, 0x5005, 0x5002
BASE = "ou=people,dc=example,dc=gov,dc=kh"
READER = ("cn=register,dc=example,dc=gov,dc=kh", "a word of the register")
PASSWORDS = {
    f"uid={name},{BASE}": "a word of the directory"
    for name in ("clerk.bb", "clerk.pp", "chief.bb", "admin", "somebody.else")
}
answers = True  # a test sets it to False
options = {}


class LDAPError(Exception):
    """The errors of python-ldap that the application distinguishes."""


class INVALID_CREDENTIALS(LDAPError): ...


class INVALID_DN_SYNTAX(LDAPError): ...


class SERVER_DOWN(LDAPError): ...


class CONNECT_ERROR(LDAPError): ...


class TIMEOUT(LDAPError): ...


class UNAVAILABLE(LDAPError): ...


class BUSY(LDAPError): ...


def initialize(_address):
    return Connection()


def set_option(option, value):
    options[option] = value


class Connection:
    """A directory that accepts an empty password as an anonymous bind, as many do."""

    def set_option(self, option, value): ...

    def start_tls_s(self):
        raise CONNECT_ERROR

    def simple_bind_s(self, dn, password):
        if not answers:
            raise SERVER_DOWN
        if "=" not in dn:
            raise INVALID_DN_SYNTAX
        if password and (PASSWORDS | dict([READER])).get(dn) != password:
            raise INVALID_CREDENTIALS

    def search_s(self, base, _scope, filter_text, _fields):
        dn = f"{filter_text.strip('()')},{base}"
        return [(dn, {})] if dn in PASSWORDS else []
