"""The rules and declarations of `app/static/style.css`, parsed."""

from typing import NamedTuple

import tinycss2

from app.web import assets

SOURCE = (assets.SOURCES / "style.css").read_text("utf-8")
GROUPS = ("media", "supports")  # at-rules that contain rules


class StyleRule(NamedTuple):
    group: str  # the condition of its @media or @supports; empty without one
    selector: str
    declarations: list  # of tinycss2
    errors: list


def read_rules():
    """Return all style rules, and the at-rules with declarations, such as `@font-face`."""
    return list(_iterate_rules(tinycss2.parse_stylesheet(SOURCE, skip_comments=True, skip_whitespace=True)))


def _iterate_rules(nodes, group=""):
    for node in nodes:
        if node.type == "error":
            yield StyleRule(group, "", [], [node])
        elif node.type == "at-rule" and node.at_keyword in GROUPS:
            condition = f"@{node.at_keyword}{tinycss2.serialize(node.prelude)}"
            inner = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
            yield from _iterate_rules(inner, condition)
        else:
            content = tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True)
            at_word = f"@{node.at_keyword}" if node.type == "at-rule" else ""
            selector = f"{at_word}{tinycss2.serialize(node.prelude)}".strip()
            declarations = [one for one in content if one.type == "declaration"]
            yield StyleRule(
                group, selector, declarations, [one for one in content if one not in declarations]
            )
