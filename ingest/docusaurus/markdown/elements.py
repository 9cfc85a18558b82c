"""What a reader sees of a tag besides its children: props that are texts, labels of tabs, alt texts.

Only what is true of a single tag.  What spans from a tag to its end (links, code, scripts) is
followed in `inlines`.
"""

import re

from ingest.docusaurus.markdown.javascript import shown_text, unescape
from ingest.docusaurus.markdown.tags import Tag

# Props by which component libraries and theme components take texts that they show, in reading order.
TEXT_PROPS = (
    "title", "heading", "header", "question", "term", "label", "name", "text", "summary", "subtitle",
    "subheading", "tagline", "description", "desc", "content", "message", "caption", "answer", "tooltip",
    "tip", "alt", "placeholder",
)  # fmt: skip
TEXT_FIELD = re.compile(
    rf"""(?<![\w$.])["']?({"|".join(TEXT_PROPS)})["']?\s*:\s*"""
    r"""(?:"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|`([^`$]*)`)"""
)
TARGET = re.compile(r"""["'`]([^"'`$]+)["'`]""")
TAB_VALUE = re.compile(r"\{([^{}]*)\}")
BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "header", "main", "nav", "ol", "p", "section",
    "table", "tbody", "thead", "tfoot", "ul",
))  # fmt: skip
MARKS = {"b": "**", "strong": "**", "em": "*", "i": "*", "del": "~~", "s": "~~", "code": "`", "tt": "`"}
TABS = frozenset({"TabItem", "Tab", "TabPanel"})
QUIET = frozenset({"Tabs", "CodeGroup", "Head", "head", "iframe", "video", "audio", "svg", "input"})


def text_of_props(tag: Tag) -> list[str]:
    """The texts that a component's props show, the most title-like first."""
    if not tag.is_component:
        return []
    texts = [tag.attributes[prop] for prop in TEXT_PROPS if tag.attributes.get(prop, "").strip()]
    for prop, source in tag.expressions.items():
        if prop not in ("style", "values"):
            texts += [_value(match) for match in TEXT_FIELD.finditer(source)]
            texts.append(shown_text(source) if "<" in source else "")
    return [" ".join(text.split()) for text in texts if text.strip()]


def _value(match: re.Match[str]) -> str:
    return unescape(match[2] or match[3] or match[4] or "")


def tab_labels(tag: Tag) -> dict[str, str]:
    """The labels that `<Tabs values={[{label, value}]}>` gives to its items, by value."""
    labels: dict[str, str] = {}
    for item in TAB_VALUE.finditer(tag.expressions.get("values", "")):
        fields = {
            match[1]: unescape(match[2] or match[3] or match[4] or "")
            for match in re.finditer(
                r"""["']?(label|value)["']?\s*:\s*(?:"([^"\n]*)"|'([^'\n]*)'|`([^`$]*)`)""", item[1]
            )
        }
        if "value" in fields:
            labels[fields["value"]] = fields.get("label", fields["value"])
    return labels


def admonition(kind: str, title: str) -> str:
    """The line that stands for an admonition's head."""
    kind = kind.replace("-", " ").capitalize()
    return f"**{kind}: {title}**" if title else f"**{kind}**"


def link_target(tag: Tag) -> str:
    """Where the tag links to: `href` or `to`, or a string in such an expression; "" if unknown."""
    for prop in ("href", "to"):
        if prop in tag.attributes:
            return tag.attributes[prop]
        found = TARGET.search(tag.expressions.get(prop, ""))
        if found:
            return found[1]
    return ""


def opening(tag: Tag, labels: dict[str, str]) -> str:
    """What the tag shows where it opens; two line breaks end a block."""
    name = tag.name
    if name in TABS:
        value = tag.attributes.get("value", "")
        label = tag.attributes.get("label") or labels.get(value) or value or tag.attributes.get("title", "")
        return f"\n\n**{label}**\n\n" if label else "\n\n"
    if name in ("Admonition", "Callout"):
        return f"\n\n{admonition(tag.attributes.get('type') or 'note', tag.attributes.get('title', ''))}\n\n"
    if name in QUIET:
        return tag.attributes.get("title", "")
    if tag.is_component:
        return _component(text_of_props(tag), link_target(tag), alone=tag.kind == "self")
    return _element(tag)


def _component(texts: list[str], target: str, *, alone: bool) -> str:
    if not texts:
        return ""
    if target:
        texts[0] = f"[{texts[0]}]({target})"
    return (
        " ".join(texts)
        if len(texts) == 1 and alone
        else f"\n\n**{texts[0]}**\n\n" + "\n\n".join(texts[1:]) + "\n\n"
    )


def _element(tag: Tag) -> str:
    name = tag.name.lower()
    if name == "details" and tag.attributes.get("summary"):
        return f"\n\n**{tag.attributes['summary']}**\n\n"
    if name in BLOCKS:
        return "\n\n"
    if name in ("img", "area"):
        return tag.attributes.get("alt", "")
    if name == "br":
        return "\n"
    if name == "hr":
        return "\n\n"
    if name == "li":
        return "\n- "
    if name == "tr":
        return "\n"
    return MARKS.get(name, "") if tag.kind == "open" else ""


def closing(name: str) -> str:
    """What stands where an element ends."""
    lower = name.lower()
    if lower in BLOCKS or name in TABS or name in ("Admonition", "Callout"):
        return "\n\n"
    if lower in ("td", "th"):
        return " | "
    if lower in ("tr", "li"):
        return "\n"
    return MARKS.get(lower, "")
