"""Bootstrap's stylesheet and our own become one sheet that a strict policy and both themes accept.

Four changes, each a function over parsed rules:
- rules for components that need Bootstrap's script are dropped, since that script is never loaded;
- pictures written into the sheet as data: addresses become files, since the policy allows no data:;
- a rule written for the dark theme is repeated for "follow the system", so the choice needs no
  script, and both are kept off paper;
- comments go, but for the copyright notice.
"""

import re
from dataclasses import dataclass, replace
from urllib.parse import unquote

# First words of class names whose rules nothing here can use: their script is not loaded,
# or the look has its own component of that purpose.
DROPPED = (
    "accordion|breadcrumb|bs-popover|bs-tooltip|carousel|collapse|collapsing|dropdown|"
    "dropdown-center|dropend|dropstart|dropup|dropup-center|fade|form-floating|form-range|hiding|"
    "list-group|modal|navbar|offcanvas|page-item|page-link|pagination|placeholder|popover|"
    "showing|spinner-border|spinner-grow|tab-content|toast|tooltip"
)
DROPPED_CLASS = re.compile(rf"\.(?:{DROPPED})(?:-[\w-]+)?(?![\w-])")
DROPPED_KEYFRAMES = re.compile(r"@keyframes (?:spinner|placeholder)")

DARK = "[data-bs-theme=dark]"
FOLLOWS_SYSTEM = "[data-bs-theme=auto]"
ON_SCREEN = "@media screen"
ON_DARK_SCREEN = "@media screen and (prefers-color-scheme:dark)"

TOKEN = re.compile(r"""/\*.*?\*/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{};]""", re.DOTALL)
NOTICE = re.compile(r"/\*!.*?\*/", re.DOTALL)
DATA_PICTURE = re.compile(r"""url\("data:image/svg\+xml,((?:[^"\\]|\\.)*)"\)""")
NAMED_FILE = re.compile(r"""url\(["']?file:([\w.-]+)["']?\)""")


@dataclass(frozen=True)
class Rule:
    """`head { ... }` with declarations (`body`) or rules (`inner`) inside; or a bare `@x;`."""

    head: str
    body: str | None = None
    inner: tuple["Rule", ...] | None = None

    def __str__(self):
        if self.inner is not None:
            return self.head + "{" + "".join(map(str, self.inner)) + "}"
        return self.head + ";" if self.body is None else self.head + "{" + self.body + "}"


def parse(css):
    """The rules of a stylesheet, in order. Comments are left out, spaces are made single."""
    rules, _ = _rules(list(_pieces(css)), 0)
    return rules


def _pieces(css):
    """Runs of text between braces and semicolons, with strings kept whole and comments dropped."""
    start, text = 0, ""
    for token in TOKEN.finditer(css):
        text += _squeeze(css[start : token.start()])
        start = token.end()
        if token[0] in "{};":
            if text.strip():
                yield text.strip()
            yield token[0]
            text = ""
        elif not token[0].startswith("/*"):
            text += token[0]
    if css[start:].strip():
        raise ValueError(f"stylesheet ends in the middle of a rule: {css[start:][:60]!r}")


def _squeeze(text):
    text = re.sub(r"\s+", " ", text)
    return re.sub(r" ?([,{};]) ?", r"\1", text)


def _rules(pieces, at):
    """Rules from piece `at` to the end or to a closing brace; and the place after it."""
    rules = []
    while at < len(pieces) and pieces[at] != "}":
        head = pieces[at]
        if head == ";":
            at += 1
        elif pieces[at + 1] == ";":
            rules.append(Rule(head))
            at += 2
        elif head.startswith(("@media", "@supports", "@layer", "@container")):
            inner, at = _rules(pieces, at + 2)
            rules.append(Rule(head, inner=inner))
        else:
            body, at = _body(pieces, at + 2)
            rules.append(Rule(head, body=body))
    return tuple(rules), at + 1


def _body(pieces, at):
    """Declarations as one text, up to the brace that closes them (keyframes hold braces too)."""
    depth, text = 0, ""
    while depth or pieces[at] != "}":
        depth += {"{": 1, "}": -1}.get(pieces[at], 0)
        text += pieces[at]
        at += 1
    return text.rstrip(";"), at + 1


def selectors(head):
    """The selectors of a rule's head; a comma inside brackets does not part two."""
    return [part.strip() for part in re.split(r",(?![^(\[]*[)\]])", head)]


def without_dropped(rules):
    for rule in rules:
        if rule.inner is not None:
            inner = tuple(without_dropped(rule.inner))
            if inner:
                yield replace(rule, inner=inner)
        elif rule.head.startswith("@"):
            if not DROPPED_KEYFRAMES.match(rule.head):
                yield rule
        else:
            kept = [part for part in selectors(rule.head) if not DROPPED_CLASS.search(part)]
            if kept:
                yield replace(rule, head=",".join(kept))


def with_system_theme(rules):
    """Repeat what is written for the dark theme for screens whose system is dark."""
    for rule in rules:
        if rule.inner is not None:
            yield replace(rule, inner=tuple(with_system_theme(rule.inner)))
            continue
        dark = [part for part in selectors(rule.head) if DARK in part]
        light = [part for part in selectors(rule.head) if DARK not in part]
        if light:
            yield replace(rule, head=",".join(light))
        if dark:
            head = ",".join(dark)
            follows = head.replace(DARK, FOLLOWS_SYSTEM)
            yield Rule(ON_SCREEN, inner=(replace(rule, head=head),))
            yield Rule(ON_DARK_SCREEN, inner=(replace(rule, head=follows),))


def pictures_apart(css, name_for):
    """Replace each data: picture by a file. `name_for(content: bytes)` keeps it and names it."""

    def keep(match):
        return f'url("{name_for(unquote(match[1]).encode())}")'

    return DATA_PICTURE.sub(keep, css)


def files_named(css, names):
    """Replace `url("file:x.woff2")` by the name under which `x.woff2` is served.

    Raises KeyError for a file that was not built: better at set-up than a missing picture later.
    """
    return NAMED_FILE.sub(lambda match: f'url("{names[match[1]]}")', css)


def compose(bootstrap, own, *, names, name_for):
    """One sheet from Bootstrap's text and ours; Bootstrap's copyright notice closes it."""
    rules = [*without_dropped(parse(bootstrap)), *parse(own)]
    css = "".join(map(str, with_system_theme(rules))) + "".join(NOTICE.findall(bootstrap))
    return files_named(pictures_apart(css, name_for), names)
