"""Labels and papers of evidence are PDFs, and their codes are read back."""

from app.cases.models import Exhibit
from app.evidence.label_codes import draw_bars, draw_square, list_bar_values
from app.evidence.labels import build_labels, load_exhibits, number_exhibits
from tests.evidence.test_custody import PAPER, add_store, decide, exhibit, move, newest, officers, user_id  # noqa: F401


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
