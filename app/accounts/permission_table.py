"""Permissions as a lookup in a table: role × resource → access level."""

from functools import cached_property

READ = {"can_list", "can_show", "can_get", "can_info", "can_find", "can_open"}
WRITE = READ | {"can_add", "can_edit", "can_post", "can_put", "can_save"}
ADD = READ | {"can_add", "can_post", "can_save"}
ACCESS_LEVELS = {
    "read": READ,
    # Opens one record, from a task or a case; no list, no search, no API.
    "opens": {"can_show", "can_info", "can_open"},
    "add": ADD,
    # Writes drafts of cases; registers cases.
    "drafts": READ | {"can_save"},
    "registers": WRITE | {"can_register"},
    "write": WRITE,
    # The three steps of a correction, each by another person.
    "requests": READ | {"can_request"},
    "decides": READ | {"can_decide"},
    "applies": READ | {"can_apply"},
    # Merging two records of one person: one user proposes, another decides.
    "proposes": READ | {"can_propose"},
    "proposes, decides": READ | {"can_propose", "can_decide"},
    # Confirms or rejects a match with the person of an order.
    "answers": READ | {"can_answer"},
    # Exports rows as a file; decides on large exports of others.
    "exports": {"can_export", "can_show", "can_list"},
    "exports, decides": {"can_export", "can_decide", "can_show", "can_list"},
    # Prints documents.
    "prints": {"can_print"},
    # Official reports: one officer drafts, a second one reviews and issues.
    "drafts reports": READ | {"can_draft"},
    "drafts, reviews reports": READ | {"can_draft", "can_review"},
    # Letters between units: an officer of a national office answers those that it receives; the chief signs those of others.
    "answers letters": {"can_show", "can_info", "can_open", "can_edit"},
    "writes, signs letters": WRITE | {"can_sign"},
    # Access beyond the user's own scope.
    "uses": {"can_use"},
    "uses, reviews": {"can_use", "can_list", "can_review"},
    "reveals": {"can_reveal"},
    "shares": {"can_share"},
    # Reads files of earlier systems, and approves what another has read.
    "imports": ADD | {"can_approve"},
    # Reads the audit log and marks canary records.
    "audits": READ | {"can_mark"},
}


ENTRY_PAGE = "Entry"  # its page has nothing to read


class PermissionSet:
    """The permissions of a user as (permission, resource) pairs, and the roles they come from.

    `key` identifies them: what is rendered once for each set of permissions is stored with it.
    """

    def __init__(self, pairs, role_names=frozenset(), may_enter=True):
        self.pairs, self.role_names = frozenset(pairs), role_names
        self.key = (role_names, may_enter)

    def may(self, permission, resource):
        return (permission, resource) in self.pairs


class PermissionTable:
    """The permissions of each role. Deny by default: a role has no access to a resource it does not name.

    An officer without a valid certificate only reads the resources `needs_training`. `functions` adds what a function of
    an account gives; its code is not the name of a role.
    """

    def __init__(self, table, signed_in, needs_training=frozenset(), functions=None):
        self.needs_training, table = needs_training, table | (functions or {})
        self.table = {
            role: {resource: ACCESS_LEVELS[extent] for resource, extent in row.items()}
            for role, row in table.items()
        }
        self.anonymous = PermissionSet(())
        self.signed_in = frozenset(signed_in)
        self._cache = {}

    def get_anonymous_permissions(self):
        """Return the permissions without sign-in: none."""
        return self.anonymous

    def get_permissions(self, role_names, may_enter=True):
        """Return the permissions of a signed-in user with these roles, computed once for each set of roles."""
        key = (role_names, may_enter)
        if key not in self._cache:
            pairs = self.signed_in.union(*map(self._list_pairs, role_names))
            if not may_enter:
                pairs = (pair for pair in pairs if not self._is_entry(*pair))
            self._cache[key] = PermissionSet(pairs, role_names, may_enter)
        return self._cache[key]

    def _is_entry(self, permission, resource):
        if permission == "menu_access":
            return resource == ENTRY_PAGE
        return resource in self.needs_training and permission not in READ

    @cached_property
    def entering_roles(self):
        """Return the names of the roles that enter data."""
        return frozenset(
            role
            for role, row in self.table.items()
            if any(self._is_entry(permission, name) for name, extent in row.items() for permission in extent)
        )

    def enters(self, role_names):
        """Return whether one of these roles enters data."""
        return not self.entering_roles.isdisjoint(role_names)

    def _list_pairs(self, role):
        for resource, extent in self.table.get(role, {}).items():
            yield from ((permission, resource) for permission in extent)
            if "can_list" in extent:
                yield ("menu_access", resource)
