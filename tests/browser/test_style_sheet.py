"""The browser understands every declaration of the style sheet."""

import tinycss2

from tests.house.style_sheet import read_rules


def test_browser_understands_every_declaration(chromium):
    declarations = {
        (one.name, tinycss2.serialize(one.value).strip())
        for rule in read_rules()
        if not rule.selector.startswith("@")
        for one in rule.declarations
        if not one.name.startswith("--")
    }
    page = chromium.new_page()
    unknown = page.evaluate(
        "pairs => pairs.filter(([name, value]) => !CSS.supports(name, value))", sorted(declarations)
    )
    page.close()
    assert not unknown
