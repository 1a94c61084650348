"""The table of roles and permissions, in a form that can be shown to a judge. Empty means no access.

opens: pages of single records · read: lists, pages, searches · add: read and new rows · write: read, new rows and changes (for 48 hours).
drafts: writes drafts of cases · registers: registers cases, also from the drafts of others.
imports: reads files of earlier systems and runs the trial import; a second officer approves the import.
answers: states whether a match is the person named in an order.
asks, decides, applies: the three steps of a correction after those 48 hours, each by another person.
proposes, decides: two people merge two records of one person, or undo the merge; the chief decides if both records are
in their province, the technical working group across provinces.
exports: saves data of the visible screens as a file, up to `EXPORT_ROWS`; decides: approves larger exports of others.
breaks, reveals, shares: opens records outside the scope, each with a reason; reviews: checks this access.
prints: creates that document, within the scope only.
The scope (which rows) follows from the unit; this table defines which screens.
"""

from flask_babel import lazy_gettext as _

from app.accounts.account_functions import JUVENILE_OFFICER
from app.accounts.delegation import ALONE, CHIEF, SECOND, Delegation
from app.accounts.permission_table import PermissionTable

REFERENCE = dict.fromkeys(
    (
        "Place",
        "Unit",
        "Court",
        "Prison",
        "Law",
        "Offence",
        "Code",
        "TimeLimit",
        "RetentionPeriod",
        "LetterTemplate",
        "About",
        "Measures",
        "Course",
        "CourseSession",
    ),
    "read",
)
FACTS = ("Case", "CaseOffence", "Involvement", "Exhibit", "CaseFile")
ORDERS = ("CourtOrder", "OrderEvent", "OrderFile", "WorkList", "OrderMatch")
SEARCHES = {"CourtOrder": "write", "OrderEvent": "add", "OrderMatch": "answers"}
# Ending acts: each is a row of its own. Reports are confirmed by a second officer with the same permission.
REPORTED = (
    "CaseDisposition",
    "ExhibitMovement",
    "DeathReport",
    "ReportEnd",
    "ProtectionOrderStep",
    "ExhibitSeal",
    "QuantityChange",
    "Inventory",
)
# Where the exhibits are. The chief maintains the stores of the units in the area.
EVIDENCE = ("ExhibitCustody", "EvidenceStore")
IDENTITY = ("Person", "PersonName", "PersonDocument", "PersonAddress", "PersonMark", "PersonPhoto")

# Reports of missing persons, bodies, lost and found property. A second officer confirms their ends.
REPORTS = ("PersonReport", "PropertyReport")

# Master indices: items follow from the exhibits, and are never entered.
INDICES = ("Item", "Organisation", "Relation")

# Rows that an officer adds to a case: facts of a crash, and protection orders.
CARE = ("Crash", "RoadUser", "ProtectionOrder")

# Contacts with minors: the chief, and the juvenile officers of the unit.
MINORS = {"MinorContact": "write", "MinorStep": "add", "ReferralLetter": "prints"}

CUSTODY_RECORDS = (
    "Arrest", "Custody", "CustodyStep", "Detention", "DetentionStep", "Judgment", "JudgmentStep", "Sentence",
    "SentenceChange", "Release", "SupervisionStep",
)  # fmt: skip
# The officers of a case and what they do in it.
INVESTIGATION = {
    "CaseAssignment": "read",
    "InvestigationAct": "read",
    "Charge": "read",
    "OutcomeNotice": "read",
    "CaseReview": "read",
    "MyCases": "read",
    "Lineup": "read",
}
DASHBOARDS = ("InCustody", "DueRelease", "Supervision")

READS = REFERENCE | dict.fromkeys(
    (
        *FACTS,
        *IDENTITY,
        *REPORTED,
        *ORDERS,
        *CUSTODY_RECORDS,
        "CustodyDocument",
        *EVIDENCE,
        *DASHBOARDS,
        "Supplement",
        "File",
        "Correction",
        "StatisticsMap",
        "Letter",
        *INDICES,
        *REPORTS,
        *CARE,
        "ItemMatch",
        "ReportMatch",
    ),
    "read",
)
# National roles that check data and correct it. They open the records of their tasks, and search for no person.
CHECKS = {
    resource: "opens"
    if resource
    in (
        *IDENTITY,
        "Involvement",
        *ORDERS,
        *CUSTODY_RECORDS,
        "CustodyDocument",
        *INDICES,
        *REPORTS,
        *CARE,
        "ItemMatch",
        "ReportMatch",
    )
    else level
    for resource, level in READS.items()
    if resource not in DASHBOARDS
} | {"Letter": "answers letters"}
ENTERS = (
    READS
    | dict.fromkeys(
        (
            *FACTS,
            *IDENTITY,
            *CUSTODY_RECORDS,
            *REPORTS,
            *CARE,
            "CourtOrder",
            "Letter",
            "Organisation",
            "Relation",
        ),
        "write",
    )
    | {"Entry": "registers"}
    | dict.fromkeys(("Supplement", "Task", *REPORTED), "add")
    | INVESTIGATION
    | {
        "InvestigationAct": "write",
        "Charge": "write",
        "OutcomeNotice": "add",
        "CaseReview": "add",
        "Lineup": "add",
        "LineupSession": "add",
    }
)

DUPLICATES = ("Duplicate", "Merge")  # likely duplicates, and the merges proposed and done
PROPOSES, DECIDES = dict.fromkeys(DUPLICATES, "proposes"), dict.fromkeys(DUPLICATES, "proposes, decides")

SIGNS = {"Letter": "writes, signs letters"}
OPENS = {"BreakGlass": "uses, reviews", "Reveal": "reveals", "Share": "shares"}

# Figures: of the work of units, and of what happened. All are limited to the reader's area and offence families.
CRIME_FIGURES = dict.fromkeys(("CrimeStatistics", "TableBuilder"), "read")
WORK_FIGURES = CRIME_FIGURES | {"Timeliness": "read"}

# Printouts of cases, of people, and of orders. Who reads one of them may print a letter about it.
OF_CASES, OF_PEOPLE = (
    dict.fromkeys(
        ("CaseSheet", "ExhibitReceipt", "OfficialLetter", "ReportNotice", "LineupRecord", "ListPrintout"),
        "prints",
    ),
    {"PersonFile": "prints", "ListPrintout": "prints"},
)
OF_ORDERS = dict.fromkeys(("PatrolList", "WantedBulletin", "ReturnOfExecution", "OfficialLetter"), "prints")

OF_FIGURES = {"StatisticsReport": "prints", "OfficialReport": "drafts reports"}
# Courses and certificates; the trainers of a session are named in it.
TRAINS = {"Course": "write", "CourseSession": "write", "Question": "add", "Certificate": "add"}
PREVENTS = {"PreventionProgramme": "write"}
REVIEWS_FIGURES = {"OfficialReport": "drafts, reviews reports"}

# Legal holds and their end, the review of records whose period has ended, and the file of a person for a court.
RETAINS = {"RetentionAct": "add", "RetentionReview": "decides", "CourtAccess": "prints"}

STAFF = REFERENCE | {"Staff": "write", "StaffReview": "write", "StaffRequest": "decides"}

TABLE = {
    # role                     permissions
    "Post officer":            REFERENCE | {"Entry": "drafts", "File": "read"},
    "Data-entry specialist":   ENTERS | PROPOSES | OF_CASES | {"Exercise": "read"},
    "Investigator":            ENTERS | CRIME_FIGURES | PROPOSES | {"CaseSeries": "read", "OrderEvent": "add", "ItemMatch": "answers", "ReportMatch": "answers", "BreakGlass": "uses", "Reveal": "reveals",
                                                     "Share": "shares", "Export": "exports", "Exercise": "add"} | OF_CASES | OF_PEOPLE | OF_ORDERS,
    "Warrant officer":         READS | SEARCHES | {"Exercise": "read"} | INVESTIGATION | dict.fromkeys(("Arrest", "Custody", "CustodyStep", "Letter"), "write")
                               | {"DeathReport": "add", "ExhibitMovement": "add", "Task": "add", "ItemMatch": "answers", "ReportMatch": "answers", "LineupSession": "add", "LineupRecord": "prints"}
                               | {"BreakGlass": "uses", "Export": "exports"} | OF_PEOPLE | OF_ORDERS,
    "Provincial chief":        READS | RETAINS | INVESTIGATION | {"Exercise": "read"} | {"CaseAssignment": "write"} | WORK_FIGURES | DECIDES | dict.fromkeys((*REPORTED, "Task"), "add")
                               | SIGNS | {"EvidenceStore": "write", "Correction": "requests", "OrderEvent": "add", "OrderMatch": "answers", "ItemMatch": "answers", "ReportMatch": "answers", "CaseSeries": "read", **OPENS,
                                                  "Export": "exports, decides", "StaffRequest": "decides"} | OF_CASES | OF_PEOPLE | OF_ORDERS
                               | OF_FIGURES | REVIEWS_FIGURES | PREVENTS | MINORS,
    "Planning monitor":        CHECKS | WORK_FIGURES | dict.fromkeys(DUPLICATES, "read") | OF_FIGURES | PREVENTS
                               | TRAINS,
    "Criminal police monitor": READS | RETAINS | INVESTIGATION | {"CaseAssignment": "write"} | WORK_FIGURES | SIGNS | {"Task": "add", "CaseSeries": "decides", "BreakGlass": "uses, reviews", "Export": "exports, decides",
                                        "ListPrintout": "prints", "StaffRequest": "decides"} | OF_FIGURES | REVIEWS_FIGURES | PREVENTS,
    "Head of planning":        CHECKS | RETAINS | WORK_FIGURES | {"Correction": "decides", "Import": "imports"} | OF_FIGURES
                               | REVIEWS_FIGURES | PREVENTS | TRAINS,
    "Technical working group": CHECKS | WORK_FIGURES | dict.fromkeys(("Code", "Place", "Unit", "Court", "Prison", "Law", "Offence", "TimeLimit", "RetentionPeriod", "LetterTemplate"), "write")
                               | DECIDES | {"Correction": "applies", "Import": "imports", "ScopeChange": "write", "Question": "add"},
    "Analyst":                 REFERENCE | CRIME_FIGURES | {"StatisticsMap": "read"} | OF_FIGURES,
    "Auditor":                 REFERENCE | {"Log": "audits"},
    "Unit administrator":      STAFF | {"Timeliness": "read", "Certificate": "read"},
    "Manager":                 READS | INVESTIGATION | WORK_FIGURES | {"CaseSeries": "read", "PreventionProgramme": "read", "Export": "exports", "ListPrintout": "prints", "OfficialReport": "drafts reports"},
    "Administrator":           STAFF | {"RoleModelView": "read", "Operations": "read", "Certificate": "read"},
}  # fmt: skip

# What a function of an account adds to its roles (app/accounts/account_functions.py).
FUNCTIONS = {JUVENILE_OFFICER: MINORS}

# The pages of a role's daily work, by permission. The menu shows them first, the others are one level down.
_HOLDS = ("Inbox", "Case", "Person", "WorkList", "OrderMatch", "InCustody")
_FIGURES = ("Timeliness", "CrimeStatistics", "StatisticsMap", "OfficialReport")
DAILY_PAGES = {
    "Post officer": ("Inbox", "Entry", "Training"),
    "Data-entry specialist": ("Inbox", "Letter", "Entry", "Case", "Person", "PersonReport", "PropertyReport", "OrderMatch", "InCustody", "StatisticsMap"),
    "Investigator": ("Inbox", "MyCases", "Task", "Letter", "Entry", "Case", "Person", "OrderMatch", "CourtOrder", "ExhibitCustody"),
    "Warrant officer": (*_HOLDS, "Letter", "CourtOrder", "DueRelease", "Supervision"),
    "Provincial chief": (*_HOLDS, "MyCases", "Task", "Letter", "Correction", *_FIGURES),
    "Planning monitor": ("Inbox", "Case", "Correction", "Training", *_FIGURES),
    "Criminal police monitor": (*_HOLDS, "Letter", "CaseSeries", *_FIGURES),
    "Head of planning": ("Inbox", "Case", "Correction", "Import", "Training", *_FIGURES),
    "Technical working group": ("Inbox", "Correction", "Duplicate", "Import", "Unit", "Offence", "Code", "Timeliness"),
    "Analyst": ("Inbox", "CrimeStatistics", "StatisticsMap", "TableBuilder", "OfficialReport"),
    "Auditor": ("Inbox", "Log"),
    "Unit administrator": ("Inbox", "Staff", "StaffReview", "StaffRequest", "Timeliness"),
    "Manager": (*_HOLDS, *_FIGURES),
    "Administrator": ("Inbox", "Staff", "StaffReview", "StaffRequest", "Operations"),
}  # fmt: skip

# Rows that a role may export alone; a second person approves larger exports (app/exports/limits.py).
EXPORT_ROWS = {
    "Investigator": 1_000,
    "Warrant officer": 500,
    "Provincial chief": 5_000,
    "Criminal police monitor": 5_000,
    "Manager": 1_000,
}

# People that a role may see in a day, in all channels together (app/kernel/audit/daily_limit.py).
DAILY_PEOPLE = {
    "Post officer": 100,
    "Data-entry specialist": 300,
    "Investigator": 500,
    "Warrant officer": 500,
    "Manager": 500,
    "Provincial chief": 1_000,
    "Planning monitor": 2_000,
    "Criminal police monitor": 2_000,
    "Head of planning": 2_000,
    "Technical working group": 2_000,
}

# Who assigns and removes which roles: in their unit and below, never their own. Roles not listed are above them.
# CHIEF: the role reads cases; the chief of the unit, or the next one up, confirms it.
# SECOND: it crosses provinces, or creates a chief or an administrator; another administrator confirms it.
BELOW = {"Post officer": ALONE} | dict.fromkeys(
    ("Data-entry specialist", "Investigator", "Warrant officer", "Manager"), CHIEF
)
NATIONAL = (
    "Planning monitor", "Criminal police monitor", "Head of planning", "Technical working group", "Analyst", "Auditor",
)  # fmt: skip
ASSIGNS = {
    "Unit administrator": BELOW | {"Analyst": SECOND},
    "Administrator": BELOW
    | dict.fromkeys(("Provincial chief", *NATIONAL, "Unit administrator", "Administrator"), SECOND),
}
# These roles exclude every other role: administrators read no case content.
EXCLUSIVE_ROLES = ("Auditor", "Administrator")

WORDS = {
    "Post officer": (_("Post officer"), _("Writes draft reports and views only their own drafts.")),
    "Data-entry specialist": (
        _("Data-entry specialist"),
        _("Registers records and edits them for 48 hours."),
    ),
    "Investigator": (_("Investigator"), _("Adds events, people and exhibits, and searches.")),
    "Warrant officer": (_("Warrant officer"), _("Enters orders, arrests and custody, and answers matches.")),
    "Provincial chief": (_("Provincial chief"), _("Views all records of the unit and requests corrections.")),
    "Planning monitor": (_("Planning monitor"), _("Monitors data quality.")),
    "Criminal police monitor": (
        _("Criminal police monitor"),
        _("Monitors offences and offence series nationwide."),
    ),
    "Head of planning": (_("Head of planning"), _("Decides on corrections.")),
    "Technical working group": (
        _("Technical working group"),
        _("Applies approved corrections and maintains code lists."),
    ),
    "Analyst": (_("Analyst"), _("Works with anonymous figures.")),
    "Auditor": (_("Auditor"), _("Views the audit log, but changes nothing.")),
    "Unit administrator": (_("Unit administrator"), _("Assigns and removes roles in the unit and below.")),
    "Manager": (_("Manager"), _("Views and searches records, but enters no data.")),
    "Administrator": (_("Administrator"), _("Manages all accounts, cannot read cases.")),
}

# Users with one of these roles must set up a second factor first (if ECRIME_SECOND_FACTOR requires it): roles that read
# cases, manage accounts or read the audit log.
SECOND_FACTOR = frozenset(
    role for role, row in TABLE.items() if not row.keys().isdisjoint(("Case", "Staff", "Log"))
)

# What an officer without a valid certificate of training only reads (app/accounts/entry_right.py). Arrest, custody,
# detention, release, the events of an order and answers to matches are left out: liberty does not wait for a course.
NEEDS_TRAINING = frozenset(
    (
        *FACTS, *IDENTITY, *REPORTS, *CARE, *MINORS, *REPORTED, *DUPLICATES, "CourtOrder", "OrderFile", "Supplement", "InvestigationAct", "Charge", "OutcomeNotice", "Lineup", "Entry", "Import",
        "Correction", "Organisation", "Relation", "Judgment", "JudgmentStep", "Sentence", "SentenceChange", "SupervisionStep",
    )
)  # fmt: skip

# Permissions without a role: every signed-in user has them for their own account.
SIGNED_IN = {
    ("can_this_form_get", "ResetMyPasswordView"),
    ("can_this_form_post", "ResetMyPasswordView"),
    ("can_list", "MyAccount"),
    ("can_list", "Help"),
    ("can_find", "Lookup"),
    ("can_save", "SavedView"),
    ("can_choose", "Purpose"),
    ("can_list", "Inbox"),
    ("can_list", "Training"),
    ("menu_access", "Training"),
    ("can_list", "PrintedCopy"),
    ("menu_access", "PrintedCopy"),
    ("can_get", "Changes"),
    ("menu_access", "Inbox"),
    ("can_list", "Job"),
    ("menu_access", "Job"),
    ("menu_access", "Work"),
    ("menu_access", "Statistics"),
    ("menu_access", "Records"),
    ("menu_access", "Reference data"),
    ("menu_access", "Administration"),
}


def grants():
    return PermissionTable(TABLE, SIGNED_IN, NEEDS_TRAINING, FUNCTIONS)


def delegation():
    return Delegation(ASSIGNS, EXCLUSIVE_ROLES)


def sheet():
    """Return the table as text: role, resources by permission, and the roles that it assigns."""
    lines = []
    for role, row in TABLE.items():
        by_extent = {}
        for resource, extent in row.items():
            by_extent.setdefault(extent, []).append(resource)
        lines += [
            role,
            *(f"  {extent:6} {', '.join(sorted(names))}" for extent, names in sorted(by_extent.items())),
            *_assigned_by(role),
        ]
    return "\n".join(lines)


def _assigned_by(role):
    for mode, words in (
        (ALONE, "assigns alone"),
        (CHIEF, "assigns with the chief"),
        (SECOND, "assigns with a second administrator"),
    ):
        given = [other for other in TABLE if ASSIGNS.get(role, {}).get(other) == mode]
        if given:
            yield f"  {words}: {', '.join(given)}"
