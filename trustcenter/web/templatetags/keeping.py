"""{% kept %}: the parts of a public page that are the same for everyone, rendered once for each edition and language."""

import threading
from collections import OrderedDict
from collections.abc import Hashable

from django.template import Context, Library, Node, NodeList, TemplateSyntaxError
from django.template.base import Parser, TextNode, Token
from django.template.library import InclusionNode
from django.template.loader_tags import IncludeNode
from django.utils import translation

register = Library()

# What names one reader, and so is never passed to a kept part.
OF_ONE_READER = frozenset({"user", "perms", "request", "csrf_token", "messages", "standings", "standing"})
# Characters of all parts together, with their keys.
AT_MOST = 8_000_000
# What the place of a part takes. Without it, addresses that find nothing, whose parts are empty, would fill the memory.
ENTRY = 500


class Parts:
    """The newest parts; the one that nobody needed for the longest time goes first."""

    def __init__(self, at_most: int = AT_MOST) -> None:
        self._lock = threading.Lock()
        self._found: OrderedDict[Hashable, str] = OrderedDict()
        self._at_most, self._size = at_most, 0

    def __len__(self) -> int:
        return len(self._found)

    def get(self, key: Hashable) -> str | None:
        with self._lock:
            if key not in self._found:
                return None
            self._found.move_to_end(key)
            return self._found[key]

    def keep(self, key: Hashable, html: str) -> None:
        with self._lock:
            # Two threads may have made it at once.
            if (former := self._found.pop(key, None)) is not None:
                self._size -= _size(key, former)
            self._found[key] = html
            self._size += _size(key, html)
            while self._size > self._at_most:
                self._size -= _size(*self._found.popitem(last=False))

    def forget(self) -> None:
        """For tests, which take changes back."""
        with self._lock:
            self._found.clear()
            self._size = 0


def _size(key: Hashable, html: str) -> int:
    return ENTRY + len(str(key)) + len(html)


parts = Parts()


class KeptNode(Node):
    def __init__(self, nodelist: NodeList, place: tuple[str, int]) -> None:
        self.nodelist, self.place = nodelist, place

    def render(self, context: Context) -> str:
        request = context.get("request")
        edition = getattr(request, "edition", None)
        if request is None or edition is None:
            return self.nodelist.render(context)
        if "forloop" in context:
            raise RuntimeError("A kept part in a loop would be the first one each time.")
        # With the address, because its parameters decide what a page shows.
        key = (edition, translation.get_language(), request.get_full_path(), self.place)
        html = parts.get(key)
        if html is None:
            html = self.nodelist.render(context)
            parts.keep(key, html)
        return html


@register.tag
def kept(parser: Parser, token: Token) -> KeptNode:
    """Keeps what the includes between {% kept %} and {% endkept %} show.

    They see nothing but what they are given, and nothing of one reader: the page of somebody who is signed in shows the
    same parts as that of a stranger.
    """
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    for node in nodelist:
        if isinstance(node, TextNode) and not node.s.strip():
            continue
        if isinstance(node, IncludeNode) and node.isolated_context:
            expressions = [*node.extra_context.values()]
        elif isinstance(node, InclusionNode) and not node.takes_context:
            expressions = [*node.args, *node.kwargs.values()]
        else:
            raise TemplateSyntaxError("{% kept %} holds includes with `only`, and nothing else.")
        for expression in expressions:
            if str(expression.var).partition(".")[0] in OF_ONE_READER:
                raise TemplateSyntaxError(f"{{% kept %}} must not show {expression.var}, which is one reader’s own.")
    return KeptNode(nodelist, (parser.origin.name if parser.origin else "", token.lineno or 0))
