"""The measured pages and the target of each."""

from tests.bench import stores
from tests.bench.turns import cycling, in_turn

LIST, SHOW, EDIT = 0.25, 0.40, 0.50  # our processor time as a share of stock FAB's
STATEMENTS = {"empty page": 2, "list of people": 6, "list of involvements": 7, "person with related": 9}
LISTS = {
    "list of people": ("PersonView", "person"),
    "list of cases": ("CaseView", "case"),
    "list of involvements": ("InvolvementView", "involvement"),
    "list of offences in cases": ("CaseOffenceView", "caseoffence"),
    "list of exhibits": ("ExhibitView", "exhibit"),
    "list of documents": ("PersonDocumentView", "persondocument"),
}
FILTERED = {
    "people, filter: birth year from 1990": "/person/list/?_flt_0_birth_year=1990",
    "cases, filter: number begins 12-": "/case/list/?_flt_0_number=12-",
}


def people_seen(worker, size=12):
    """Return keys of visible persons from the whole table. Each page is requested for several records, but
    for fewer than would raise an unusual-access alert.
    """
    highest = worker.query("SELECT max(id) FROM person")[0][0]
    of_province = f"person_id FROM visibility WHERE province_code = '{stores.PROVINCE}' AND NOT hidden"
    starts = (highest * part // (size + 1) for part in range(1, size + 1))
    asked = (f"SELECT {of_province} AND person_id >= {start} ORDER BY person_id LIMIT 1" for start in starts)
    return [worker.query(one)[0][0] for one in asked]


def against_stock(ours, stock, times):
    """Return a row for each page: its name, both measurements, the target ratio."""
    people = people_seen(ours)
    pairs = [("empty page", ["/empty/"], None, None)]
    pairs += [(name, [f"/{path}/list/"], None, LIST) for name, (_view, path) in LISTS.items()]
    pairs += [
        ("person with related", [f"/person/show/{key}" for key in people], None, SHOW),
        ("add form (a document)", ["/persondocument/add"], None, SHOW),
        ("edit form (a person)", [f"/person/edit/{key}" for key in people], None, EDIT),
        (
            "REST: one record",
            [f"/api/v1/persons/{key}" for key in people],
            [f"/api/v1/person/{key}" for key in people],
            0.6,
        ),
        ("REST: list of 25", ["/api/v1/persons/"], ["/api/v1/person/?q=(page_size:25)"], 0.5),
    ]
    rows = []
    for name, mine, theirs, target in pairs:
        found = in_turn(times, ours=cycling(ours, mine), stock=cycling(stock, theirs or mine))
        rows.append(
            {
                "page": name,
                "statements": found["ours"]["statements"],
                "statements_stock": found["stock"]["statements"],
                "statements_target": STATEMENTS.get(name),
                **{
                    f"{side}_{unit}": found[side][unit] for side in found for unit in ("cpu", "wall", "bytes")
                },
                "ratio_cpu": found["ours"]["cpu"] / found["stock"]["cpu"],
                "ratio_wall": found["ours"]["wall"] / found["stock"]["wall"],
                "target": target,
            }
        )
    return rows


def against_small(large, small, times):
    """Return the same lists with a hundred times as many rows: the ratios should be one."""
    rows = []
    addresses = {name: f"/{path}/list/" for name, (_view, path) in LISTS.items()} | FILTERED
    for name, address in ({"home page": "/"} | addresses).items():
        found = in_turn(
            times, large=lambda a=address: large.answer(a), small=lambda a=address: small.answer(a)
        )
        rows.append(_compared(name, found["large"], found["small"], 1.15))
    return rows


def last_against_first(worker, times):
    rows = []
    for name, (view, path) in LISTS.items():
        first, last = f"/{path}/list/", f"/{path}/list/?end_{view}=1"
        found = in_turn(times, last=lambda a=last: worker.answer(a), first=lambda a=first: worker.answer(a))
        rows.append(_compared(name, found["last"], found["first"], 1.1))
    return rows


def _compared(name, one, other, target):
    return {
        "page": name,
        "cpu": one["cpu"],
        "wall": one["wall"],
        "cpu_other": other["cpu"],
        "wall_other": other["wall"],
        "ratio_cpu": one["cpu"] / other["cpu"],
        "ratio_wall": one["wall"] / other["wall"],
        "target": target,
    }
