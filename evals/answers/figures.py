"""One answer's figures, without a judge.  docs/evals.md defines each.

A metric that does not apply to a case is None: it is in nobody's mean.  What applies and was not
reached is 0: a refusal, or an answer that broke off, cites nothing and resembles nothing.
"""

import re
import string
from collections import Counter
from urllib.parse import unquote

from markdown_it import MarkdownIt

from evals.answers.asking import Told
from evals.cases import Case, Judgment
from evals.cases.labels import page_id
from pipeline.prompts import BUDGET_INTRO, DEGRADED_INTRO, EXTRACTIVE_INTRO

CITATION = re.compile(r"\[\d+\]\([^)]*\)")
ARTICLES = re.compile(r"\b(a|an|the)\b")

Figures = dict[str, float | None]


def figures(
    case: Case,
    told: Told,
    judgment: Judgment | None,
    urls: frozenset[str],
) -> Figures:
    """The case's figures but for the similarity, which needs the embedding model."""
    answered = told.outcome in ("answered", "degraded")
    return {
        **_refusing(case, told, answered=answered),
        "citation_validity": validity(told.text, urls) if answered else None,
        **_citing(case, told, judgment),
        "token_f1": token_f1(said(told), case.answer) if has_reference(case) and case.answer else None,
        "words": float(len(said(told).split())) if answered else None,
        "prompt_tokens": _number(told.usage.prompt_tokens),
        "completion_tokens": _number(told.usage.completion_tokens),
        "cost_usd": cost(told),
    }


def has_reference(case: Case) -> bool:
    """Whether the answer can be held against a reference."""
    return case.expect == "answer" and bool(case.answer and case.answer.strip())


def said(told: Told) -> str:
    """The answer's own words: no citations, no link targets, not the notice that no model spoke.

    "" for a refusal or a broken answer.
    """
    if told.outcome not in ("answered", "degraded"):
        return ""
    text = told.text
    for intro in (EXTRACTIVE_INTRO, DEGRADED_INTRO, BUDGET_INTRO):
        text = text.removeprefix(f"*{intro}*")
    text = CITATION.sub("", text)
    return re.sub(r"\[([^\]\n]*)\]\([^)]*\)", r"\1", text).strip()


def validity(text: str, urls: frozenset[str]) -> float:
    """The share of the text's links that lead to a page or section of the site; 1 without a link.

    The text is read as CommonMark: what looks like a link in code is none.
    """
    inline = [token for block in MarkdownIt().parse(text) for token in block.children or ()]
    links = [str(token.attrs["href"]) for token in inline if token.type == "link_open"]
    links += [str(token.attrs["src"]) for token in inline if token.type == "image"]
    known = {unquote(url) for url in urls}
    return sum(unquote(link) in known for link in links) / len(links) if links else 1.0


def token_f1(text: str, reference: str) -> float:
    """F1 of the words in common, each as often as both have it: SQuAD's measure (Rajpurkar et al., 2016)."""
    ours, theirs = _tokens(text), _tokens(reference)
    common = (Counter(ours) & Counter(theirs)).total()
    if not common:
        return 0.0
    precision, recall = common / len(ours), common / len(theirs)
    return 2 * precision * recall / (precision + recall)


def _tokens(text: str) -> list[str]:
    """SQuAD's: small letters, no punctuation, no English articles."""
    plain = text.lower().translate(str.maketrans("", "", string.punctuation))
    return ARTICLES.sub(" ", plain).split()


def cost(told: Told) -> float | None:
    """Dollars for the answer; 0 without a model, None without a price or the provider's count."""
    return 0.0 if told.mode == "extractive" and not told.model else told.usage.cost


def _refusing(case: Case, told: Told, *, answered: bool) -> Figures:
    if case.expect == "answer":
        return {"answered_rightly": float(answered), "refused_rightly": None}
    return {"answered_rightly": None, "refused_rightly": float(told.outcome == "refused")}


def _citing(case: Case, told: Told, judgment: Judgment | None) -> Figures:
    """Precision and recall of the cited sections; a label that names a page is met by any of its sections."""
    if judgment is None:
        return {"citation_precision": None, "citation_recall": None}
    cited = {cited_id(source.url, judgment) for source in told.cited}
    right = cited & judgment.sections
    return {
        "citation_precision": len(right) / len(cited) if cited else 0.0,
        "citation_recall": len(right) / len(judgment.sections),
    }


def cited_id(url: str, judgment: Judgment) -> str:
    """The cited section as the judgment writes it: the page where the label names the page."""
    page, _, anchor = url.partition("#")
    path = page_id(re.sub(r"^https?://[^/]+", "", page) or "/")
    return path if path in judgment.sections else f"{path}#{anchor}"


def _number(value: int | None) -> float | None:
    return None if value is None else float(value)
