"""Content of each printout: data, masks, minors, orders not in force, and void rows."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.cases.models import CaseOffence
from app.court_orders import queries
from app.court_orders.worklist import WorklistQuery
from app.extensions import db
from app.kernel.text import dates
from app.people.models import PersonMark, PersonPhoto
from app.printouts import bulletins, case_sheets, execution_returns, patrol_lists, person_files, receipts
from app.printouts.typesetting import typeset
from app.reference.models import Offence
from tests.court_orders import sample_orders as orders
from tests.printouts.pdf_text import (
    build_case_sheet,
    build_texts,
    collect_text,
    count_pages,
    find_part,
    read_as,
)
from tests.sample_rows import PHOTO_COLUMNS, acting_as, add_registered_case, make_registered_person
from tests.special_access.sample_cases import find_user
from tests.statement_counts import counted

MASK = "ការពារអត្តសញ្ញាណ"
PRESUMED = "មិនមែនជាលិខិតថ្កោលទោស"


def test_case_sheet_holds_case_data(app, own):
    printout = build_case_sheet(app, "investigator.bb", own.id)
    case, text = own, collect_text(printout)
    assert printout.number == case.number and printout.signers and PRESUMED in printout.notice
    for expected in (
        case.summary,
        "សុខ ដារ៉ា",
        "SOK Dara II",
        "អំពើលួច",
        "មាត្រា ៣៥៣, ៣៥៦",
        "ម៉ូតូពណ៌ក្រហម",
        "1AB-2345",
    ):
        assert expected in text, expected
    assert "សាក្សីម្នាក់បានឃើញម៉ូតូនៅផ្សារ។" in text
    assert [one["title"] for one in printout.as_data["parts"] if one["title"]][0].startswith("១. ")


def test_case_sheet_long_heading_fits_its_column(app, own):
    offences = find_part(build_case_sheet(app, "investigator.bb", own.id), "បទល្មើស")
    assert dict(zip(offences["heads"], offences["widths"], strict=True))["ចំណាត់ថ្នាក់បទល្មើស"] == 0


@pytest.mark.parametrize("username", ["clerk.bb", "investigator.bb", "chief.bb"])
def test_case_sheet_masks_protected_victim_and_witness(app, protected, username, each_database):
    printout = build_case_sheet(app, username, protected.id)
    assert collect_text(printout).count(MASK) == 2
    assert "វ៉ាន់ឌឿន" not in collect_text(printout) and "ឃុនហ៊ាន" not in collect_text(printout)


def test_case_sheet_ignores_temporary_reveal(app, client_as, protected, log):
    victim = next(row for row in protected.involvements if row.role == "victim")
    case_id, row_id, victim_id = protected.id, victim.id, victim.person_id
    investigator = client_as("investigator.bb")
    investigator.send(f"/reveal/{row_id}", {"reason": "ត្រូវសួរជនរងគ្រោះម្តងទៀតអំពីថ្ងៃកើតហេតុ។"})
    assert "វ៉ាន់ឌឿន" in investigator.page(f"/case/show/{case_id}").text
    printout = build_case_sheet(app, "investigator.bb", case_id, revealed_ids=frozenset((victim_id,)))
    assert "វ៉ាន់ឌឿន" not in collect_text(printout) and collect_text(printout).count(MASK) == 2
    assert investigator.get(f"/printout/case-sheet/{case_id}").status_code == 200
    assert victim_id not in log("access.printed")[-1].facts["people"]
    assert investigator.get(f"/printout/person-file/{victim_id}").status_code == 404


def test_case_sheet_lists_all_of_forty_offences(app, db_session):
    with acting_as("clerk.bb"):
        case = add_registered_case()
        for offence in db.session.scalars(select(Offence).limit(40)):
            row = CaseOffence(offence=offence, attempt=True, offence_class=offence.offence_class or "felony")
            case.offences.append(row)
        db.session.flush()
        case_id = case.id
    db.session.commit()
    printout = build_case_sheet(app, "clerk.bb", case_id)
    assert len(find_part(printout, "បទល្មើស")["rows"]) == 41


def test_case_sheet_omits_void_rows(app, own):
    case_id = own.id
    with read_as(app, "clerk.bb"):
        case = case_sheets.load_record(case_id)
        assert "1AB-2345" in collect_text(case_sheets.build_printout(case))
        with db.session.no_autoflush:
            case.exhibits[0].voided_at = dates.now()
            assert "1AB-2345" not in collect_text(case_sheets.build_printout(case))
        db.session.rollback()


def test_case_sheets_statement_count_is_constant(register, app, db_session):
    with acting_as("clerk.bb"):
        ids = [add_registered_case(people=[(make_registered_person(n), "suspect")]).id for n in range(10)]
    db_session.commit()

    def count_statements(some):
        with read_as(app, "clerk.bb"), counted(register) as statements:
            sheets = [case_sheets.build_printout(case) for case in case_sheets.load_records(some)]
        assert len(sheets) == len(some)
        return len(statements)

    count_statements(ids[:1])
    assert count_statements(ids) == count_statements(ids[:1])


def test_person_file_holds_identity_orders_and_timeline(app, own, warrant):
    person_id, warrant_id = own.involvements[0].person_id, warrant.id
    with read_as(app, "investigator.bb"):
        printout = person_files.build_printout(person_files.load_record(person_id))
    text = collect_text(printout)
    for expected in ("ដារ៉ាតូច", "010000001", "រូបនាគលើដៃឆ្វេង", "ជនសង្ស័យ", "118/26", own.number, "កំពុងតាមចាប់"):
        assert expected in text, expected
    assert printout.number == f"P-{person_id:07d}" and PRESUMED in printout.notice and warrant_id
    expected = [what[0] for _when, _shape, what in find_part(printout, "លំដាប់ពេលវេលា")["rows"]]
    assert expected == ["ជនសង្ស័យ", "ដីកាបង្គាប់ឱ្យចាប់ខ្លួន"]
    assert "ថ្កោលទោស" not in printout.title


def test_person_file_of_unknown_person_is_built(app, db_session):
    with acting_as("clerk.bb"):
        unknown = make_registered_person(
            surname_km=None, given_km=None, surname_latin=None, given_latin=None, born_on=None, birth_precision=None,
            unidentified=True, nationality=None, father_name=None, home_code=None,
        )  # fmt: skip
        unknown.names, unknown.documents, unknown.addresses, unknown.marks = [], [], [], []
        add_registered_case(people=[(unknown, "suspect")])
    db_session.commit()
    with read_as(app, "investigator.bb"):
        assert person_files.build_printout(person_files.load_record(unknown.id)).parts


def test_person_file_without_photo_file_shows_placeholder(app, own):
    person = own.involvements[0].person
    with acting_as("clerk.bb"):
        person.photos.append(PersonPhoto(**PHOTO_COLUMNS))
    db.session.commit()
    with read_as(app, "investigator.bb"):
        printout = person_files.build_printout(person_files.load_record(person.id))
    assert printout.parts[0]["picture"] is None and printout.parts[0]["missing"] == "គ្មានរូបថត"


def test_bulletin_names_its_order(app, warrant):
    with read_as(app, "warrant.bb"):
        order = bulletins.load_record(warrant.id)
        assert bulletins.explain_refusal(order) == ""
        printout = bulletins.build_printout(order)
    assert printout.number == "118/26" and not printout.signers and PRESUMED in printout.notice
    assert "ដីកាបង្គាប់ឱ្យចាប់ខ្លួន" in collect_text(printout)


@pytest.mark.parametrize("marks", [0, 12])
def test_bulletin_has_one_page(app, warrant, marks):
    with acting_as("clerk.bb"):
        for number in range(marks):
            warrant.person.marks.append(PersonMark(kind="tattoo", text=f"រូបទី {number}"))
        db.session.commit()
    order_id, texts = warrant.id, build_texts(app, "warrant.bb")
    with read_as(app, "warrant.bb"):
        printout = bulletins.build_printout(bulletins.load_record(order_id))
    assert count_pages(typeset([printout], texts)) == 1


@pytest.mark.parametrize("end", ["executed", "recalled", "minor"])
def test_bulletin_of_unwanted_person_or_minor_is_refused(app, client_as, db_session, end):
    young = dates.now().date() - timedelta(days=16 * 365)
    person = make_registered_person(born_on=young if end == "minor" else dates.parse_date("1-1-1990"))
    with acting_as("clerk.bb"):
        add_registered_case(people=[(person, "suspect")])
    order = orders.make_active_order(person=person)
    if end == "executed":
        orders.execute_order(order)
    elif end == "recalled":
        orders.add_event(order, "recalled", reason="តុលាការបានដកដីកាវិញ", **orders.make_document(order))
    db.session.commit()
    with read_as(app, "warrant.bb"):
        assert bulletins.explain_refusal(bulletins.load_record(order.id))
    response = client_as("warrant.bb").get(f"/printout/bulletin/{order.id}")
    assert response.status_code == 302 and response.location.endswith(f"/courtorder/show/{order.id}")


def test_execution_return_needs_executed_order(app, client_as, warrant):
    with read_as(app, "warrant.bb"):
        assert execution_returns.explain_refusal(execution_returns.load_record(warrant.id))
    assert client_as("warrant.bb").get(f"/printout/return/{warrant.id}").status_code == 302
    order = db.session.merge(warrant)
    orders.add_event(order, "attempt", result="not_found", officer="អនុសេនីយ៍ឯក កែវ វណ្ណា")
    orders.execute_order(order, **orders.make_document(order))
    db.session.commit()
    with read_as(app, "warrant.bb"):
        order = execution_returns.load_record(warrant.id)
        assert execution_returns.explain_refusal(order) == ""
        printout = execution_returns.build_printout(order)
    text = collect_text(printout)
    for expected in ("118/26", "45/26", "អនុសេនីយ៍ឯក កែវ វណ្ណា", "បានអនុវត្ត", "ការចុះអនុវត្តដីកា"):
        assert expected in text, expected
    assert len(printout.signers) == 2


def test_receipt_describes_exhibit_for_two_signatures(app, own):
    with read_as(app, "clerk.bb"):
        printout = receipts.build_printout(receipts.load_record(own.exhibits[0].id))
    assert printout.number == f"{own.number}/{own.exhibits[0].id}"
    assert "ម៉ូតូពណ៌ក្រហម" in collect_text(printout) and "1AB-2345" in collect_text(printout)
    assert printout.signers == ("ភាគីប្រគល់", "ភាគីទទួល") and not printout.notice


def test_patrol_list_holds_executable_orders(app, warrant):
    received = orders.make_order(number="200/26")
    old = orders.make_active_order(number="201/22", issued_on=dates.now().date() - timedelta(days=900))
    orders.execute_order(orders.make_active_order(number="202/26"))
    old.validate_by = dates.now().date() - timedelta(days=400)
    db.session.commit()
    received_no = received.number
    with read_as(app, "warrant.bb"):
        found = patrol_lists.load_orders(WorklistQuery(), queries.current_scope(), "PC-02")
        printout = patrol_lists.build_printout(found, "មិនទាន់អនុវត្ត")
    text = collect_text(printout)
    assert received_no not in text and "202/26" not in text
    assert "118/26" in text and "201/22" in text
    assert text.count("ផ្ទៀងផ្ទាត់ជាមួយតុលាការជាមុន") == 1
    assert printout.wide and not printout.signers and not printout.number


def test_printout_is_in_khmer_for_every_user(app, client_as, own, db_session):
    find_user("investigator.bb").language = "en"
    db_session.commit()
    response = client_as("investigator.bb", "en").get(f"/printout/case-sheet/{own.id}")
    assert response.status_code == 200
    khmer = client_as("investigator.bb", "km").get(f"/printout/case-sheet/{own.id}")
    assert (
        abs(len(response.data) - len(khmer.data)) < 1000
    )  # equal text except for the time and the serial number
