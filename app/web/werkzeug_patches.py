"""How addresses are built is compiled when one is built first: done for every rule at the start, as Werkzeug does it,
it was two fifths of `create_app`, and a worker never builds most of them.
"""

from functools import cache

from werkzeug.routing import Rule


class LateRule(Rule):
    """A rule of the URL map that compiles its builders late."""

    def _compile_builder(self, append_unknown=True):
        compiled = cache(super()._compile_builder)

        def build(rule, /, **values):
            return compiled(append_unknown)(rule, **values)

        return build
