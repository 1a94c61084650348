"""Permission as a look into a table: role × resource → what it may do there."""

READ = {"can_list", "can_show", "can_get", "can_info", "can_find", "can_open"}
WRITE = READ | {"can_add", "can_edit", "can_post", "can_put", "can_save"}
ADD = READ | {"can_add", "can_post", "can_save"}
EXTENTS = {
    "read": READ,
    "add": ADD,
    "write": WRITE,
    # The three steps of a correction, each by somebody else.
    "asks": READ | {"can_ask"},
    "decides": READ | {"can_decide"},
    "carries out": READ | {"can_carry_out"},
    # Two records of one person: somebody proposes, somebody else decides.
    "proposes": READ | {"can_propose"},
    "proposes, decides": READ | {"can_propose", "can_decide"},
    # Says whether a hit is the person whom an order names.
    "answers": READ | {"can_answer"},
    # Takes rows with him as a file; decides where others take many.
    "exports": {"can_export", "can_show", "can_list"},
    "exports, decides": {"can_export", "can_decide", "can_show", "can_list"},
    # Has a paper typeset.
    "prints": {"can_print"},
    # What is opened beyond one's part.
    "breaks": {"can_break"},
    "breaks, reviews": {"can_break", "can_list", "can_review"},
    "reveals": {"can_reveal"},
    "shares": {"can_share"},
    # Reads files of earlier registers, and lets in what another has read.
    "brings in": ADD | {"can_let_in"},
    # Reads the log, and says which records are watched.
    "watches": READ | {"can_watch"},
}


class Held:
    """What somebody may do: a set of (permission, resource), and the roles it comes from."""

    def __init__(self, pairs, role_names=frozenset()):
        self.pairs, self.role_names = frozenset(pairs), role_names

    def may(self, permission, resource):
        return (permission, resource) in self.pairs


class Grants:
    """What each role may do. Deny by default: a resource that a role does not name is closed to it."""

    def __init__(self, table, signed_in):
        self.table = {
            role: {resource: EXTENTS[extent] for resource, extent in row.items()}
            for role, row in table.items()
        }
        self.strangers = Held(())
        self.signed_in = frozenset(signed_in)
        self._held = {}

    def held_by_strangers(self):
        """What may be done without signing in: nothing that asks for a permission."""
        return self.strangers

    def held_by(self, role_names):
        """What the signed-in bearer of these roles may do; reckoned once for each set of roles."""
        if role_names not in self._held:
            self._held[role_names] = Held(self.signed_in.union(*map(self._pairs, role_names)), role_names)
        return self._held[role_names]

    def _pairs(self, role):
        for resource, extent in self.table.get(role, {}).items():
            yield from ((permission, resource) for permission in extent)
            if "can_list" in extent:
                yield ("menu_access", resource)
