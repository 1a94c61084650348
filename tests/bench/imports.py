"""Import speed for rows of an earlier system, with all rules, matching and the audit log: `python -m
tests.bench.imports`.

A new database is filled from two files that the benchmark makes: cases with a suspect and a victim each, and
persons of those cases. `--into URL` uses an existing database and writes to it. The output is rows per
second, those of the first and the last tenth, and the memory growth of the process.
"""

import argparse
import csv
import os
import random
import resource
import tempfile
import time
from dataclasses import replace
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="ecrime-bench-imports-"))
if __name__ == "__main__":  # another process that imports this module keeps its folder, and so its audit key
    os.environ["ECRIME_DATA_DIR"] = str(HOME)

from app import create_app  # noqa: E402
from app.demo.data_files import read_table  # noqa: E402
from app.extensions import db  # noqa: E402
from app.imports import profiles, readers, runner  # noqa: E402
from app.kernel.database import psycopg_patches  # noqa: E402
from app.web import language  # noqa: E402
from tests.bench import stores  # noqa: E402
from tests.factories import SUMMARY  # noqa: E402
from tests.imports.steps import APPROVER, create_run  # noqa: E402
from tests.registers import KINDS  # noqa: E402
from tests.sample_rows import acting_as  # noqa: E402


def main():
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--cases", type=int, default=5_000)
    asked.add_argument("--people", type=int, default=20_000)
    asked.add_argument("--database", choices=list(KINDS), default="sqlite")
    asked.add_argument("--into")
    asked = asked.parse_args()
    language.compile_catalogues()
    app = create_app(**stores.settings(asked.into, HOME)) if asked.into else KINDS[asked.database](HOME).app
    profile = profile_of_cases()
    people = replace(
        profiles.load_shipped()["ecrime-2012"], source=profile.source, cases_of=profile.source, era="common"
    )
    with app.app_context(), app.test_request_context():  # as a job runs
        if asked.cases:
            measure("cases", profile, cases_file(profile, asked.cases), asked.cases)
        if asked.people:
            measure("people", people, people_file(people, asked.people, asked.cases), asked.people)


def profile_of_cases():
    return profiles.load_shipped()["ecrime-2016"]


def run_import(url, folder, cases, reached):
    """Run a worker on a file of that many new cases."""
    app, profile = create_app(**stores.settings(url, folder)), profile_of_cases()
    with app.app_context(), app.test_request_context():
        path = cases_file(profile, cases, first=time.time_ns() // 10**6 % 10**8)
        measure("cases", profile, path, cases, reached)


def measure(name, profile, path, count, reached=lambda _row: None):
    with acting_as(APPROVER):
        run = create_run(profile, name)
        number = run.id
    psycopg_patches.disable_prepared_statements(db.engine)  # as a worker does
    before, begun, work = (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        time.perf_counter(),
        time.process_time(),
    )
    times = [work]
    with acting_as(APPROVER):
        runner.run_import(
            run,
            readers.read_table(path, profile.encoding),
            lambda row: (times.append(time.process_time()), reached(row)),
        )
        run = db.session.get(type(run), number)
    tenth = max(1, len(times) // 10)
    first, last = times[tenth] - times[0], times[-1] - times[-1 - tenth]
    took, worked = time.perf_counter() - begun, time.process_time() - work
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(
        f"{name}: {count:,} in {took:.1f} s = {count / took:,.0f}/s, {count / worked:,.0f} for each second of the processor"
        f" (first tenth {tenth * runner.BATCH_SIZE / first:,.0f}, last {tenth * runner.BATCH_SIZE / last:,.0f}), memory + {grown:.0f} MB,"
        f" brought in {run.entered:,}, waiting {run.waiting:,}, matched {run.matched:,}"
    )


def somebody(chance, number):
    family, given = chance.choice(FAMILY), chance.choice(GIVEN)
    day = f"{chance.randint(1, 28)}/{chance.randint(1, 12)}/{chance.randint(1950, 1999)}"
    father = f"{chance.choice(FAMILY)['km']} {chance.choice(GIVEN)['km']}"
    return family, given, day, father, f"{number:09d}"


FAMILY, GIVEN = read_table("names_family"), read_table("names_given")


def cases_file(profile, count, first=0):
    """Make thefts with two persons each; the old numbers begin with `first`."""
    chance, path = random.Random(1), HOME / "cases.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(profile.columns.values())
        for number in range(first, first + count):
            day = f"{chance.randint(1, 28)}/{chance.randint(1, 12)}/{chance.randint(2011, 2019)}"
            for role in ("suspect", "victim"):
                family, given, born, father, document = somebody(chance, 2 * number + (role == "victim"))
                row = {
                    "case.old": f"K-{number}", "case.occurred_from": day, "case.reported_at": day,
                    "case.report_kind": "complaint", "case.place": f"{chance.randint(1, 24):02}0101"[:6],
                    "case.summary": SUMMARY, "case.status": "open", "offence.offence": "PC2009-353_356",
                    "offence.offence_class": "misdemeanour", "involvement.role": role,
                    "person.old": f"{role}-{number}", "person.surname_km": family["km"], "person.given_km": given["km"],
                    "person.surname_latin": family["latin"], "person.given_latin": given["latin"],
                    "person.sex": given["sex"][0], "person.born_on": born, "person.nationality": "KH",
                    "person.father_name": father, "document.kind": "national_id", "document.number": document,
                    "document.country": "KH", "exhibit.kind": "phone", "exhibit.property_role": "stolen",
                    "exhibit.description": "ទូរស័ព្ទ", "exhibit.state": "missing",
                }  # fmt: skip
                if role == "victim":
                    row["case.place"], row["case.occurred_from"] = "", ""
                writer.writerow([row.get(key, "") for key in profile.columns])
    return path


def people_file(profile, count, cases):
    """Make a witness or suspect of one of the cases; every twentieth person is already in those cases."""
    chance, path = random.Random(2), HOME / "people.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(profile.columns.values())
        for number in range(count):
            family, given, born, father, document = somebody(chance, 10_000_000 + number)
            row = {
                "case.number": f"K-{number % cases}", "involvement.role": chance.choice(("suspect", "witness")),
                "person.old": f"Z-{number}", "person.surname_km": family["km"], "person.given_km": given["km"],
                "person.sex": given["sex"][0], "person.born_on": born, "person.father_name": father,
                "person.home": "020310", "document.number": document,
            }  # fmt: skip
            writer.writerow([row.get(key, "") for key in profile.columns])
    return path


if __name__ == "__main__":
    main()
