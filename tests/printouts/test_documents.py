"""What stands on each paper, and what does not: masks, minors, orders that do not stand, rows that were struck out."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.cases.models import CaseOffence
from app.court_orders import queries
from app.court_orders.worklist import Asked
from app.extensions import db
from app.kernel.text import dates
from app.people.models import PersonPhoto
from app.printouts import bulletins, case_sheets, execution_returns, patrol_lists, person_files, receipts
from app.reference.models import Offence
from tests.court_orders import sample_orders as orders
from tests.printouts.pdf_text import part, reading_as, said, sheet_of_case
from tests.sample_rows import A_PHOTO, a_registered_case, a_registered_person, written_by
from tests.special_access.sample_cases import user
from tests.statement_counts import counted

MASK = "ការពារអត្តសញ្ញាណ"
PRESUMED = "មិនមែនជាលិខិតថ្កោលទោស"


def test_a_case_sheet_tells_the_case(app, own):
    sheet = sheet_of_case(app, "investigator.bb", own.id)
    case, text = own, said(sheet)
    assert sheet.number == case.number and sheet.signers and PRESUMED in sheet.notice
    for told in (case.summary, "សុខ ដារ៉ា", "SOK Dara II", "អំពើលួច", "មាត្រា ៣៥៣, ៣៥៦", "ម៉ូតូពណ៌ក្រហម", "1AB-2345"):
        assert told in text, told
    assert "សាក្សីម្នាក់បានឃើញម៉ូតូនៅផ្សារ។" in text
    assert [one["title"] for one in sheet.plain["parts"] if one["title"]][0].startswith("១. ")


def test_a_heading_of_one_long_word_has_all_the_room_it_needs(app, own):
    offences = part(sheet_of_case(app, "investigator.bb", own.id), "បទល្មើស")
    assert dict(zip(offences["heads"], offences["widths"], strict=True))["ចំណាត់ថ្នាក់បទល្មើស"] == 0


@pytest.mark.parametrize("username", ["clerk.bb", "investigator.bb", "chief.bb"])
def test_a_protected_victim_and_witness_are_masked(app, protected, username, each_database):
    sheet = sheet_of_case(app, username, protected.id)
    assert said(sheet).count(MASK) == 2
    assert "វ៉ាន់ឌឿន" not in said(sheet) and "ឃុនហ៊ាន" not in said(sheet)


def test_whoever_was_revealed_for_half_an_hour_is_not_named_for_ever(app, client_as, protected, log):
    victim = next(row for row in protected.involvements if row.role == "victim")
    case_id, row_id, victim_id = protected.id, victim.id, victim.person_id
    investigator = client_as("investigator.bb")
    investigator.send(f"/reveal/{row_id}", {"reason": "ត្រូវសួរជនរងគ្រោះម្តងទៀតអំពីថ្ងៃកើតហេតុ។"})
    assert "វ៉ាន់ឌឿន" in investigator.page(f"/case/show/{case_id}").text
    sheet = sheet_of_case(app, "investigator.bb", case_id, revealed=frozenset((victim_id,)))
    assert "វ៉ាន់ឌឿន" not in said(sheet) and said(sheet).count(MASK) == 2
    assert investigator.get(f"/paper/case-sheet/{case_id}").status_code == 200
    assert victim_id not in log("look.print")[-1].facts["people"]
    assert investigator.get(f"/paper/person-file/{victim_id}").status_code == 404


def test_a_case_of_forty_offences_has_them_all(app, db_session):
    with written_by("clerk.bb"):
        case = a_registered_case()
        for offence in db.session.scalars(select(Offence).limit(40)):
            row = CaseOffence(offence=offence, attempt=True, offence_class=offence.offence_class or "felony")
            case.offences.append(row)
        db.session.flush()
        case_id = case.id
    db.session.commit()
    sheet = sheet_of_case(app, "clerk.bb", case_id)
    assert len(part(sheet, "បទល្មើស")["rows"]) == 41


def test_what_was_struck_out_is_not_printed(app, own):
    case_id = own.id
    with reading_as(app, "clerk.bb"):
        case = case_sheets.read(case_id)
        assert "1AB-2345" in said(case_sheets.sheet_of(case))
        with db.session.no_autoflush:
            case.exhibits[0].voided_at = dates.now()
            assert "1AB-2345" not in said(case_sheets.sheet_of(case))
        db.session.rollback()


def test_a_hundred_case_sheets_are_read_in_as_many_statements_as_one(register, app, db_session):
    with written_by("clerk.bb"):
        ids = [a_registered_case(people=[(a_registered_person(n), "suspect")]).id for n in range(10)]
    db_session.commit()

    def asked(some):
        with reading_as(app, "clerk.bb"), counted(register) as statements:
            sheets = [case_sheets.sheet_of(case) for case in case_sheets.read_all(some)]
        assert len(sheets) == len(some)
        return len(statements)

    asked(ids[:1])
    assert asked(ids) == asked(ids[:1])


def test_a_persons_file_holds_identity_papers_and_time_line_and_is_no_criminal_record(app, own, warrant):
    person_id, warrant_id = own.involvements[0].person_id, warrant.id
    with reading_as(app, "investigator.bb"):
        sheet = person_files.sheet_of(person_files.read(person_id))
    text = said(sheet)
    for told in ("ដារ៉ាតូច", "010000001", "រូបនាគលើដៃឆ្វេង", "ជនសង្ស័យ", "118/26", own.number, "កំពុងតាមចាប់"):
        assert told in text, told
    assert sheet.number == f"P-{person_id:07d}" and PRESUMED in sheet.notice and warrant_id
    told = [what[0] for _when, _shape, what in part(sheet, "ខ្សែពេលវេលា")["rows"]]
    assert told == ["ជនសង្ស័យ", "ដីកាបង្គាប់ឱ្យចាប់ខ្លួន"]
    assert "ថ្កោលទោស" not in sheet.title


def test_a_person_of_whom_little_is_known_has_a_file_too(app, db_session):
    with written_by("clerk.bb"):
        nobody = a_registered_person(
            surname_km=None, given_km=None, surname_latin=None, given_latin=None, born_on=None, birth_precision=None,
            unidentified=True, nationality=None, father_name=None, home_code=None,
        )  # fmt: skip
        nobody.names, nobody.documents, nobody.addresses, nobody.marks = [], [], [], []
        a_registered_case(people=[(nobody, "suspect")])
    db_session.commit()
    with reading_as(app, "investigator.bb"):
        assert person_files.sheet_of(person_files.read(nobody.id)).parts


def test_a_photo_whose_file_is_missing_leaves_its_place_empty(app, own):
    person = own.involvements[0].person
    with written_by("clerk.bb"):
        person.photos.append(PersonPhoto(**A_PHOTO))
    db.session.commit()
    with reading_as(app, "investigator.bb"):
        sheet = person_files.sheet_of(person_files.read(person.id))
    assert sheet.parts[0]["picture"] is None and sheet.parts[0]["missing"] == "គ្មានរូបថត"


def test_a_bulletin_names_its_order(app, warrant):
    with reading_as(app, "warrant.bb"):
        order = bulletins.read(warrant.id)
        assert bulletins.why_not(order) == ""
        sheet = bulletins.sheet_of(order)
    assert sheet.number == "118/26" and not sheet.signers and PRESUMED in sheet.notice
    assert "ដីកាបង្គាប់ឱ្យចាប់ខ្លួន" in said(sheet)


@pytest.mark.parametrize("end", ["executed", "recalled", "minor"])
def test_there_is_no_bulletin_of_whom_nobody_searches_nor_of_a_minor(app, client_as, db_session, end):
    young = dates.now().date() - timedelta(days=16 * 365)
    person = a_registered_person(born_on=young if end == "minor" else dates.read_date("1-1-1990"))
    with written_by("clerk.bb"):
        a_registered_case(people=[(person, "suspect")])
    order = orders.an_active_order(person=person)
    if end == "executed":
        orders.executed(order)
    elif end == "recalled":
        orders.act(order, "recalled", reason="តុលាការបានដកដីកាវិញ", **orders.paper_of(order))
    db.session.commit()
    with reading_as(app, "warrant.bb"):
        assert bulletins.why_not(bulletins.read(order.id))
    answer = client_as("warrant.bb").get(f"/paper/bulletin/{order.id}")
    assert answer.status_code == 302 and answer.location.endswith(f"/courtorder/show/{order.id}")


def test_only_what_was_carried_out_is_returned(app, client_as, warrant):
    with reading_as(app, "warrant.bb"):
        assert execution_returns.why_not(execution_returns.read(warrant.id))
    assert client_as("warrant.bb").get(f"/paper/return/{warrant.id}").status_code == 302
    order = db.session.merge(warrant)
    orders.act(order, "attempt", result="not_found", officer="អនុសេនីយ៍ឯក កែវ វណ្ណា")
    orders.executed(order, **orders.paper_of(order))
    db.session.commit()
    with reading_as(app, "warrant.bb"):
        order = execution_returns.read(warrant.id)
        assert execution_returns.why_not(order) == ""
        sheet = execution_returns.sheet_of(order)
    text = said(sheet)
    for told in ("118/26", "45/26", "អនុសេនីយ៍ឯក កែវ វណ្ណា", "បានអនុវត្ត", "ការចុះអនុវត្តដីកា"):
        assert told in text, told
    assert len(sheet.signers) == 2


def test_a_receipt_describes_the_thing_and_leaves_room_for_the_hands(app, own):
    with reading_as(app, "clerk.bb"):
        sheet = receipts.sheet_of(receipts.read(own.exhibits[0].id))
    assert sheet.number == f"{own.number}/{own.exhibits[0].id}"
    assert "ម៉ូតូពណ៌ក្រហម" in said(sheet) and "1AB-2345" in said(sheet)
    assert sheet.signers == ("ភាគីប្រគល់", "ភាគីទទួល") and not sheet.notice


def test_the_list_of_a_patrol_holds_what_may_be_carried_out_now(app, warrant):
    received = orders.an_order(number="200/26")
    old = orders.an_active_order(number="201/22", issued_on=dates.now().date() - timedelta(days=900))
    orders.executed(orders.an_active_order(number="202/26"))
    old.validate_by = dates.now().date() - timedelta(days=400)
    db.session.commit()
    received_no = received.number
    with reading_as(app, "warrant.bb"):
        found = patrol_lists.read(Asked(), queries.scope(), "PC-02")
        sheet = patrol_lists.sheet_of(found, "មិនទាន់អនុវត្ត")
    text = said(sheet)
    assert received_no not in text and "202/26" not in text
    assert "118/26" in text and "201/22" in text
    assert text.count("ផ្ទៀងផ្ទាត់ជាមួយតុលាការជាមុន") == 1
    assert sheet.wide and not sheet.signers and not sheet.number


def test_papers_are_in_khmer_whoever_has_them_printed(app, client_as, own, db_session):
    user("investigator.bb").language = "en"
    db_session.commit()
    answer = client_as("investigator.bb", "en").get(f"/paper/case-sheet/{own.id}")
    assert answer.status_code == 200
    khmer = client_as("investigator.bb", "km").get(f"/paper/case-sheet/{own.id}")
    assert abs(len(answer.data) - len(khmer.data)) < 200  # the same letters but for the moment and the number
