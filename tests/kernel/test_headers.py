"""The headers of every answer."""


def test_smoke(clerk, each_database, noise):
    assert "អ" in clerk.page("/case/list/").text


def test_smoke2(clerk, each_database):
    assert clerk.get("/").status_code == 200
    assert clerk.send("/person/search", {"_flt_0_surname_km": "សុខ"}).status_code == 302
