"""Labels and papers of evidence are PDFs, and their codes are read back."""

from datetime import date

from app.cases.exhibit_codes import SHELF, parse_code
from app.cases.exhibit_numbers import number_exhibits
from app.cases.models import Exhibit, ExhibitMovement
from app.evidence.label_codes import draw_bars, draw_square, list_bar_values
from app.evidence.labels import build_labels, build_shelf_labels, load_exhibits
from app.evidence.papers import build_joint_printout, explain_joint_refusal, load_records
from tests.evidence.test_custody import PAPER, add_store, decide, exhibit, move, newest, officers, user_id  # noqa: F401
from tests.sample_rows import acting_as, add_registered_case


def test_bars_have_the_check_value_of_the_standard():
    assert list_bar_values("1234") == [105, 12, 34, (105 + 12 + 2 * 34) % 103, 106]
    assert draw_bars("1234").count("M") == 3 * 4 + 3 + 1
    assert draw_square("https://e-crime/x").startswith("<svg")


def test_papers(exhibit, clerk, officers, db_session):  # noqa: F811
    answer = clerk.get(f"/printout/labels/{exhibit.id}")
    assert answer.data[:4] == b"%PDF", answer.text[:500]
    assert clerk.get(f"/printout/labels/case/{exhibit.case_id}").data[:4] == b"%PDF"
    ids = [str(one.id) for one in exhibit.case.exhibits]
    assert clerk.send("/printout/labels/", {"rowid": ids}).data[:4] == b"%PDF"
    assert officers("stranger").get(f"/printout/labels/{exhibit.id}").status_code == 404
    move(clerk, exhibit, "destroyed", weight="9.5", note="សំណាក", **PAPER)
    url = f"/printout/handover/{newest().id}"
    assert clerk.get(url).status_code == 302
    decide(officers("chief"))
    assert clerk.get(url).data[:4] == b"%PDF"
    assert officers("stranger").get(url).status_code == 404
    with clerk.application.test_request_context():
        (label,) = build_labels(load_exhibits(Exhibit.id == exhibit.id))
    assert label["number"] == f"{exhibit.case.number}/2" and number_exhibits([exhibit.id]) == {exhibit.id: 2}
    assert not any("សុខ" in line for line in label["lines"])


def test_labels_of_shelves(clerk, officers, db_session, each_database):  # noqa: F811
    """A count begins with the code of a shelf, so each shelf has a label."""
    shelf = add_store(db_session)
    for page, url in (
        (f"/shelf/show/{shelf.id}", f"/printout/labels/shelf/{shelf.id}"),
        (f"/evidencestore/show/{shelf.store_id}", f"/printout/labels/store/{shelf.store_id}"),
    ):
        assert url in clerk.get(page).text
        assert clerk.get(url).data[:4] == b"%PDF"
    assert clerk.get("/printout/labels/shelf/999").status_code == 404
    with clerk.application.test_request_context():
        (label,) = build_shelf_labels([shelf])
    assert parse_code(label["code"]) == (SHELF, shelf.id)
    assert (label["kind"], label["number"]) == ("ឃ្លាំង ក", "ធ្នើ ១")


def test_one_paper_of_exhibits_of_several_cases(exhibit, clerk, officers, db_session):  # noqa: F811
    """A committee destroys the drugs of many cases on one day, and all sign one record."""
    with acting_as("clerk.bb"):
        other = Exhibit(kind="drug", property_role="seized", substance="ice", quantity=5, measure="gram")
        add_registered_case().exhibits.append(other)
        db_session.commit()
    weighed = PAPER | {"weight": "4.5", "note": "សំណាក"}
    ids = []
    for one, witness in ((exhibit, "ជា សុខា"), (other, "ស៊ន មករា")):
        move(
            clerk,
            one,
            "destroyed",
            **weighed | {"witness": witness, "seal_broken": "y" if one is other else ""},
        )
        ids.append(newest().id)
        if one is exhibit:
            assert clerk.send("/printout/handover/", {"rowid": [str(ids[0])]}).status_code == 302
        decide(officers("chief"))
    assert clerk.send("/printout/handover/", {"rowid": ids}).data[:4] == b"%PDF"
    assert officers("stranger").send("/printout/handover/", {"rowid": ids}).status_code == 404
    with clerk.application.test_request_context():
        paper = build_joint_printout(load_records(ids))
    rows = paper.parts[1]["rows"]
    assert [row[1][0] for row in rows] == [exhibit.code, other.code]
    assert [row[2] for row in rows] == [f"{exhibit.case.number}/2", f"{other.case.number}/2"]
    assert [row[7] for row in rows] == ["ជា សុខា", "ស៊ន មករា"]
    assert rows[0][4] != rows[1][4], "whether the seal was broken"
    assert len(paper.signers) == 4
    assert "/printout/handover/" in clerk.get("/exhibitmovement/list/").text


def test_one_paper_names_one_giver_and_one_receiver(exhibit, clerk, officers):  # noqa: F811
    move(clerk, exhibit, "held", to_user=user_id("investigator"))
    first = newest().id
    assert clerk.send("/printout/handover/", {"rowid": [str(first)]}).data[:4] == b"%PDF"
    decide(officers("investigator"))
    move(officers("investigator"), exhibit, "held", to_user=user_id("clerk"))
    assert clerk.send("/printout/handover/", {"rowid": [first, newest().id]}).status_code == 302


def test_one_paper_names_one_day_and_one_confirming_officer(app):
    def build(**changed):
        same = {"kind": "lab", "moved_on": date(2026, 5, 4), "recipient": "មន្ទីរពិសោធន៍", "decided_by_id": 1}
        return ExhibitMovement(**same | changed)

    with app.test_request_context():
        assert explain_joint_refusal([build(), build()]) == ""
        for changed in ({"moved_on": date(2026, 5, 5)}, {"decided_by_id": 2}):
            assert explain_joint_refusal([build(), build(**changed)])
