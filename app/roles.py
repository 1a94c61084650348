"""Who may do what: the whole table, to be shown to a judge. Empty means no.

read: lists, pages, questions · add: read and new rows · write: read, new rows and changes (for 48 hours).
brings in: reads files of earlier registers and tries them; what one has read another lets in.
answers: says whether a hit is the person whom an order names.
asks, decides, carries out: the three steps of a correction after those 48 hours, each by another person.
proposes, decides: two records of one person are joined, and parted again, by two people; the chief decides where both
stand in his province, the technical working group across provinces.
exports: takes what the own screens show along as a file, up to `EXPORT_ROWS`; decides: on more rows of others.
breaks, reveals, shares: what is opened beyond one's part, each for a reason; reviews: looks after it.
prints: has that paper typeset, of the own part alone.
The scope (which rows) follows from the unit; this table says which screens.
"""

from flask_babel import lazy_gettext as _

from app.accounts.delegation import ALONE, SECOND, Delegation
from app.accounts.permission_table import Grants

REFERENCE = dict.fromkeys(
    ("Place", "Unit", "Court", "Prison", "Law", "Offence", "Code", "TimeLimit", "About"), "read"
)
FACTS = ("Case", "CaseOffence", "Involvement", "Exhibit", "CaseFile")
ORDERS = ("CourtOrder", "OrderEvent", "OrderFile", "WorkList", "Hit")
SEARCHES = {"CourtOrder": "write", "OrderEvent": "add", "Hit": "answers"}
IDENTITY = ("Person", "PersonName", "PersonDocument", "PersonAddress", "PersonMark", "PersonPhoto")

HELD = (
    "Arrest", "Custody", "CustodyStep", "Detention", "DetentionStep", "Judgment", "JudgmentStep", "Sentence",
    "SentenceChange", "Release", "TrackingStep",
)  # fmt: skip
BOARDS = ("HeldNow", "DueRelease", "Followed")

READS = REFERENCE | dict.fromkeys(
    (*FACTS, *IDENTITY, *ORDERS, *HELD, "HeldFile", *BOARDS, "Supplement", "File", "Correction"), "read"
)
ENTERS = (
    READS | dict.fromkeys((*FACTS, *IDENTITY, *HELD, "Entry", "CourtOrder"), "write") | {"Supplement": "add"}
)

TWINS = ("Duplicate", "Joining")  # likely duplicates, and what was asked and done about them
PROPOSES, DECIDES = dict.fromkeys(TWINS, "proposes"), dict.fromkeys(TWINS, "proposes, decides")

OPENS = {"BreakGlass": "breaks, reviews", "Reveal": "reveals", "Share": "shares"}

# Papers: of cases, of people, and what goes with orders.
OF_CASES, OF_PEOPLE = dict.fromkeys(("CaseSheet", "ExhibitReceipt"), "prints"), {"PersonFile": "prints"}
OF_ORDERS = dict.fromkeys(("PatrolList", "WantedBulletin", "ReturnOfExecution"), "prints")

STAFF = REFERENCE | {"Staff": "write", "StaffReview": "write"}

TABLE = {
    # role                     what it may do
    "Post officer":            REFERENCE | {"Entry": "write", "File": "read"},
    "Data-entry specialist":   ENTERS | PROPOSES | OF_CASES,
    "Investigator":            ENTERS | PROPOSES | {"OrderEvent": "add", "BreakGlass": "breaks", "Reveal": "reveals",
                                                     "Share": "shares", "Export": "exports"} | OF_CASES | OF_PEOPLE | OF_ORDERS,
    "Warrant officer":         READS | SEARCHES | dict.fromkeys(("Arrest", "Custody", "CustodyStep"), "write")
                               | {"BreakGlass": "breaks", "Export": "exports"} | OF_PEOPLE | OF_ORDERS,
    "Provincial chief":        READS | DECIDES | {"Correction": "asks", "OrderEvent": "add", "Hit": "answers", **OPENS,
                                                  "Export": "exports, decides"} | OF_CASES | OF_PEOPLE | OF_ORDERS,
    "Planning monitor":        READS | dict.fromkeys(TWINS, "read"),
    "Criminal police monitor": READS | {"BreakGlass": "breaks, reviews", "Export": "exports, decides"},
    "Head of planning":        READS | {"Correction": "decides", "Import": "brings in"},
    "Technical working group": READS | dict.fromkeys(("Code", "Unit", "Court", "Prison", "Law", "Offence", "TimeLimit"), "write")
                               | DECIDES | {"Correction": "carries out", "Import": "brings in"},
    "Analyst":                 REFERENCE,
    "Auditor":                 REFERENCE | {"Log": "watches"},
    "Unit administrator":      STAFF,
    "Manager":                 READS | {"Export": "exports"},
    "Administrator":           STAFF | {"StaffRequest": "write", "RoleModelView": "read"},
}  # fmt: skip

# How many rows a role takes along alone; beyond them a second person decides (app/exports/limits.py).
EXPORT_ROWS = {
    "Investigator": 1_000,
    "Warrant officer": 500,
    "Provincial chief": 5_000,
    "Criminal police monitor": 5_000,
    "Manager": 1_000,
}

# Who gives and takes which roles: in his unit and under it, never to himself. A role that is missing is above him.
# SECOND: it crosses provinces or makes an administrator; he asks, and another administrator decides.
BELOW = dict.fromkeys(
    ("Post officer", "Data-entry specialist", "Investigator", "Warrant officer", "Manager"), ALONE
)
NATIONAL = (
    "Planning monitor", "Criminal police monitor", "Head of planning", "Technical working group", "Analyst", "Auditor",
)  # fmt: skip
GIVES = {
    "Unit administrator": BELOW | {"Analyst": SECOND},
    "Administrator": BELOW
    | {"Provincial chief": ALONE}
    | dict.fromkeys((*NATIONAL, "Unit administrator", "Administrator"), SECOND),
}
# Who watches over all, or looks after all accounts, holds no other role: administrators read no facts of cases.
HELD_ALONE = ("Auditor", "Administrator")

WORDS = {
    "Post officer": (_("Post officer"), _("Drafts reports and sees the own drafts.")),
    "Data-entry specialist": (_("Data-entry specialist"), _("Registers, and changes for 48 hours.")),
    "Investigator": (_("Investigator"), _("Adds acts, people and exhibits, and searches.")),
    "Warrant officer": (_("Warrant officer"), _("Reads and searches; orders and hits.")),
    "Provincial chief": (_("Provincial chief"), _("Reads all of the unit and asks for corrections.")),
    "Planning monitor": (_("Planning monitor"), _("Watches over the quality of the data.")),
    "Criminal police monitor": (
        _("Criminal police monitor"),
        _("Watches over facts and series in the nation."),
    ),
    "Head of planning": (_("Head of planning"), _("Decides on corrections.")),
    "Technical working group": (
        _("Technical working group"),
        _("Carries out approved corrections, keeps code lists."),
    ),
    "Analyst": (_("Analyst"), _("Works with figures without names.")),
    "Auditor": (_("Auditor"), _("Reads the trace, changes nothing.")),
    "Unit administrator": (_("Unit administrator"), _("Gives and takes roles in the unit and below.")),
    "Manager": (_("Manager"), _("Reads and searches, enters nothing.")),
    "Administrator": (_("Administrator"), _("Looks after all accounts, reads no case.")),
}

# Whoever holds one of these does nothing before he has a second factor (where ECRIME_SECOND_FACTOR requires it).
SECOND_FACTOR = frozenset(
    ("Administrator", "Unit administrator", "Provincial chief", "Head of planning", "Technical working group")
)

# What needs no role: every signed-in user may do it with his own account.
SIGNED_IN = {
    ("can_this_form_get", "ResetMyPasswordView"),
    ("can_this_form_post", "ResetMyPasswordView"),
    ("can_list", "MyAccount"),
    ("can_find", "Lookup"),
    ("can_choose", "Purpose"),
    ("can_list", "Inbox"),
    ("can_get", "Changes"),
    ("menu_access", "Inbox"),
    ("can_list", "Job"),
    ("menu_access", "Job"),
    ("menu_access", "Work"),
    ("menu_access", "Records"),
    ("menu_access", "Reference data"),
    ("menu_access", "Administration"),
}


def grants():
    return Grants(TABLE, SIGNED_IN)


def delegation():
    return Delegation(GIVES, HELD_ALONE)


def sheet():
    """The table on one sheet of paper: role, resource, extent; and which roles its bearer gives."""
    lines = []
    for role, row in TABLE.items():
        by_extent = {}
        for resource, extent in row.items():
            by_extent.setdefault(extent, []).append(resource)
        lines += [
            role,
            *(f"  {extent:6} {', '.join(sorted(names))}" for extent, names in sorted(by_extent.items())),
            *_given_by(role),
        ]
    return "\n".join(lines)


def _given_by(role):
    for way, words in ((ALONE, "gives alone"), (SECOND, "gives with a second administrator")):
        given = [other for other in TABLE if GIVES.get(role, {}).get(other) == way]
        if given:
            yield f"  {words}: {', '.join(given)}"
