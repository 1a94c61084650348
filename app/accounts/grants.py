"""Permission as a look into a table: role × resource → what it may do there."""

READ = {"can_list", "can_show", "can_get", "can_info", "can_find", "can_open"}
WRITE = READ | {"can_add", "can_edit", "can_post", "can_put", "can_save"}
ADD = READ | {"can_add", "can_post", "can_save"}
EXTENTS = {"read": READ, "add": ADD, "write": WRITE}


class Grants:
    """What each role may do. Deny by default: a resource that a role does not name is closed to it."""

    def __init__(self, table, everybody, signed_in):
        self.table = {
            role: {resource: EXTENTS[extent] for resource, extent in row.items()}
            for role, row in table.items()
        }
        self.everybody, self.signed_in = frozenset(everybody), frozenset(signed_in)

    def may_everybody(self, permission, resource):
        return (permission, resource) in self.everybody

    def may(self, role_names, permission, resource):
        if (permission, resource) in self.signed_in or (permission, resource) in self.everybody:
            return True
        if permission == "menu_access":
            permission = "can_list"
        return any(permission in self.table.get(name, {}).get(resource, ()) for name in role_names)
