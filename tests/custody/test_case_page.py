"""The page of a case: orders, arrests and judgments, roles with their basis, and a fixed number of statements."""

from app.cases.models import CaseFile, Exhibit, Involvement
from app.extensions import db
from tests.court_orders.sample_orders import make_active_order
from tests.custody.form_data import (
    enter_arrest,
    enter_custody,
    enter_detention,
    enter_judgment,
    format_day,
    make_suspect,
    send_form,
)
from tests.prepared import prepared
from tests.sample_rows import FILE_COLUMNS, acting_as, add_photo, make_registered_person
from tests.statement_counts import counted

MOST = 12


@prepared
def suspect(db_session):
    return make_suspect()


def find_links(page):
    return {link["href"] for link in page.all("a", href=True)}


def find_section(page, name):
    return next(one for one in page.all("section", id=name))


def grow(case):
    """Add 39 people, 60 exhibits and 100 documents to the case."""
    with acting_as("clerk.bb"):
        for number in range(39):
            person = add_photo(make_registered_person(number + 100))
            case.involvements.append(Involvement(person=person, role="suspect", injury="none"))
        case.exhibits += [Exhibit(kind="other", property_role="seized", quantity=1) for _one in range(60)]
        case.files += [CaseFile(kind="report", **FILE_COLUMNS) for _one in range(100)]
        db.session.commit()


def test_case_shows_its_arrest_order_and_judgment(suspect, clerk, db_session):
    order = make_active_order(suspect.person, case=suspect.case)
    db_session.commit()
    arrest = enter_arrest(clerk, suspect)
    judgment = enter_judgment(clerk, suspect)
    page = clerk.page(f"/case/show/{suspect.case_id}")
    assert {
        f"/courtorder/show/{order.id}",
        f"/arrest/show/{arrest}",
        f"/judgment/show/{judgment}",
    } <= find_links(page)
    timeline = find_section(page, "timeline")
    assert f"A-{arrest:07d}" in timeline.text and str(suspect.person) in timeline.text
    assert f"/judgment/show/{judgment}" in find_links(timeline)


def test_final_conviction_changes_the_role_and_names_its_basis(suspect, clerk):
    judgment = enter_judgment(clerk, suspect)
    people = find_section(clerk.page(f"/case/show/{suspect.case_id}"), "people")
    assert "ពិរុទ្ធជន" in people.text and f"/judgment/show/{judgment}" in find_links(people)
    send_form(
        clerk, "judgmentstep", judgment=judgment, kind="final", done_on=format_day(), document_no="៤/២៦"
    )
    people = find_section(clerk.page(f"/case/show/{suspect.case_id}"), "people")
    assert "ទណ្ឌិត" in people.text and "ជនសង្ស័យ" not in people.text


def test_provisional_detention_makes_a_charged_person(suspect, clerk):
    enter_detention(clerk, suspect)
    people = find_section(clerk.page(f"/case/show/{suspect.case_id}"), "people")
    assert "ជនត្រូវចោទ" in people.text


def test_open_custody_is_the_next_deadline(suspect, clerk):
    custody = enter_custody(clerk, enter_arrest(clerk, suspect))
    summary = find_section(clerk.page(f"/case/show/{suspect.case_id}"), "summary")
    assert f"/custody/show/{custody}" in find_links(summary)


def test_waiting_arrest_links_to_the_custody(suspect, clerk):
    arrest = enter_arrest(clerk, suspect)
    enter_judgment(clerk, suspect)
    links = find_links(clerk.page(f"/case/show/{suspect.case_id}"))
    assert f"/custody/add?arrest={arrest}" in links
    assert not [link for link in links if "kind=judged" in link], "the status follows from the judgment"


def test_missing_judgment_with_a_broken_link_still_opens(suspect, clerk):
    path = f"/judgment/add?involvement={suspect.id}&court_no=&decided_on=never&court=none"
    assert clerk.get(path).status_code == 200


def test_large_case_takes_no_more_statements(suspect, clerk, register, each_database):
    make_active_order(suspect.person, case=suspect.case)
    db.session.commit()
    enter_custody(clerk, enter_arrest(clerk, suspect))
    enter_judgment(clerk, suspect)
    db.session.rollback()  # the requests have changed the case
    grow(suspect.case)
    path = f"/case/show/{suspect.case_id}"
    clerk.page(path)
    with counted(register) as statements:
        page = clerk.page(path)
    assert len(statements) <= MOST, "\n".join(" ".join(one.split())[:120] for one in statements)
    assert len(find_section(page, "people").all("tr")) == 21  # with the heading
    for part, count in (("people", 40), ("exhibits", 61), ("documents", 101)):
        assert f"{path}/{part}" in find_links(find_section(page, part))
        shown = find_section(clerk.page(f"{path}/{part}"), part)
        assert len(shown.all("li") or shown.all("tr")[1:]) == count, part


def test_unknown_part_and_foreign_case_are_not_found(suspect, client_as):
    path = f"/case/show/{suspect.case_id}"
    assert client_as("clerk.bb").get(f"{path}/nothing").status_code == 404
    assert client_as("clerk.pp").get(f"{path}/people").status_code == 404
