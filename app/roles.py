"""Who may do what: the whole table, to be shown to a judge. Empty means no.

read: lists, pages, questions · add: read and new rows · write: read, new rows and changes (for 48 hours).
The scope (which rows) follows from the unit; this table says which screens.
"""

from app.accounts.grants import Grants

REFERENCE = dict.fromkeys(("Place", "Unit", "Court", "Prison", "Law", "Offence", "Code", "About"), "read")
FACTS = ("Case", "CaseOffence", "Involvement", "Exhibit", "CaseFile")
IDENTITY = ("Person", "PersonName", "PersonDocument", "PersonAddress", "PersonMark", "PersonPhoto")

READS = REFERENCE | dict.fromkeys((*FACTS, *IDENTITY, "Supplement", "File"), "read")
ENTERS = READS | dict.fromkeys((*FACTS, *IDENTITY, "Entry"), "write") | {"Supplement": "add"}

TABLE = {
    # role                     what it may do
    "Post officer":            REFERENCE | {"Entry": "write", "File": "read"},
    "Data-entry specialist":   ENTERS,
    "Investigator":            ENTERS,
    "Warrant officer":         READS,
    "Provincial chief":        READS,
    "Planning monitor":        READS,
    "Criminal police monitor": READS,
    "Head of planning":        READS,
    "Technical working group": READS | dict.fromkeys(("Code", "Unit", "Court", "Prison", "Law", "Offence"), "write"),
    "Analyst":                 REFERENCE,
    "Auditor":                 REFERENCE,
    "Unit administrator":      REFERENCE,
    "Manager":                 READS,
    "Administrator":           REFERENCE | {"UserDBModelView": "read", "RoleModelView": "read"},
}  # fmt: skip

# Pages that need no role: signing in, and what every signed-in user may do with his own account.
EVERYBODY = {("can_index", "IndexView")}
SIGNED_IN = {
    ("can_this_form_get", "ResetMyPasswordView"),
    ("can_this_form_post", "ResetMyPasswordView"),
    ("can_this_form_get", "UserInfoEditView"),
    ("can_this_form_post", "UserInfoEditView"),
    ("resetmypassword", "UserDBModelView"),
    ("userinfoedit", "UserDBModelView"),
    ("can_userinfo", "UserDBModelView"),
    ("can_find", "Lookup"),
    ("menu_access", "Work"),
    ("menu_access", "Records"),
    ("menu_access", "Reference data"),
}


def grants():
    return Grants(TABLE, EVERYBODY, SIGNED_IN)


def sheet():
    """The table on one sheet of paper: role, resource, extent."""
    lines = []
    for role, row in TABLE.items():
        by_extent = {}
        for resource, extent in row.items():
            by_extent.setdefault(extent, []).append(resource)
        lines += [
            role,
            *(f"  {extent:6} {', '.join(sorted(names))}" for extent, names in sorted(by_extent.items())),
        ]
    return "\n".join(lines)
