"""Lazy compilation of URL builders.

Werkzeug compiles the builder of every rule at start. That took two fifths of `create_app`, and a worker never uses most
of them.
"""

from functools import cache

from werkzeug.routing import Rule


class LazyRule(Rule):
    """A rule of the URL map that compiles its URL builder at first use."""

    def _compile_builder(self, append_unknown=True):
        compiled = cache(super()._compile_builder)

        def build(rule, /, **values):
            return compiled(append_unknown)(rule, **values)

        return build
