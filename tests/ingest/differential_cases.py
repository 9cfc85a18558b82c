"""Random sites and texts for `differential`: names, slugs, options and markup that are easy to get wrong."""

import json
import random
from pathlib import Path
from typing import Any

NAMES = (
    "intro{}.md", "01-a{}.md", "1. b{}.mdx", "a b{}.md", "héllo{}.md", "x{}.test.md", "2021-11-x{}.md", "7.0-x{}.md",
    "6-{}.md", "C++{}.md", "001 - z{}.md", ".hidden{}.md", "UPPER{}.MD", "a&b{}.md", "(x{}).md", "日本{}.md",
    "1--y{}.md", "_part{}.mdx", "1{}-2.md", "a{}.markdown", "12 {}.md", "x_{}_.md", "index.md", "README.md",
    "02-index.md", "Index.mdx",
)  # fmt: skip
FOLDERS = (
    "", "01-first", "guides", "03-same", "_private", "Same", "10. Ten", "a b", "deep/01-x/02-y", "2023-01-01-blog",
    "__tests__", "é", "1.2", "index", ".dot",
)  # fmt: skip
FIELDS: dict[str, tuple[str, ...]] = {
    "slug": (
        "/abs{}",
        "./rel{}",
        "../up{}",
        "../../../top{}",
        "x{}/",
        "01-num{}",
        "/v1.{}",
        "/a//b{}",
        "é{}",
    ),
    "id": ("custom{}", "01-id{}"),
    "title": ("Plain", "'Quoted: yes'", "1.10", "2024-01-02", "''", "yes", "010", "1_000", ".5", "C#"),
    "description": ("Some", "''", "12"),
    "tags": ("[t1, 'T two']", "[{{label: Obj, permalink: /obj}}]", "[known]", "[3]"),
    "keywords": ("[a, b]", "[1, x]"),
    "draft": ("true", "'true'"),
    "unlisted": ("true",),
    "parse_number_prefixes": ("false",),
}
BODIES = (
    "# Title `c` {{#id}}", "Setext {}\n===", "Para\n\n# Late", "import X from './x'\n\n# After", "<!-- c -->\n\n# C",
    "# C#", "# [link](x) **b**", "#  Spaced  ##", "> quote {}", "![img](x) text", "# T\n\n:::note\n\nhi\n\n:::",
)  # fmt: skip
PIECES = (
    "a", "Word", "`code`", "**bold**", "_em_", "~~del~~", "~one~", "[link](https://x.y)", "![alt](https://x/i.png)",
    "<b>bold</b>", "<Badge/>", "<Badge>kid</Badge>", "{1 + 1}", "{'str'}", "{/* note */}", "{/* #cid */}", "<!-- c -->",
    "{#id}", "{#My-Id}", "\\{#no}", "&amp;", "&nbsp;", ":tada:", ":abbr[HTML]", "foo:bar", "std::map", "10:30",
    "http://x.y/z", "snake_case", "C++", "(x)", "🚀", "⚠️", "日本語", "עברית", "\u200b", "\u00a0", "#", "##", "[^1]", "--", "\t",
)  # fmt: skip
BLOCKS = (
    "## {}", "### {}", "# {}", "{}\n---", "## {} {{#x}}", "   ## {}", "    ## {}", "- item\n\n  ## {}", "> ## {}",
    "1. ## {}", ":::note\n## {}\n:::", ":::tip Title {}\n\n## {}\n\n:::", "<details>\n<summary>s</summary>\n\n## {}\n\n</details>",
    "<Tabs>\n<TabItem value=\"v\">\n\n## {}\n\n</TabItem>\n</Tabs>", "<div>\n## {}\n</div>", "```js\n## no {}\n```",
    "[^1]: ## {}", "<!-- ## no {} -->", "| {} | b |\n| --- | --- |", "text\n## {}\nmore", "export const a = 1\n\n## {}",
)  # fmt: skip


def write_site(folder: Path, seed: int) -> None:
    """A site of one or two instances, with versions, languages, translations and odd options."""
    chance = random.Random(seed)
    locales = chance.choice((["en"], ["en", "fr"], ["fr", "en", "zh-Hans"]))
    i18n: dict[str, Any] = {"defaultLocale": locales[0], "locales": locales, "localeConfigs": {}}
    for locale in locales:
        given = {"path": f"tr-{locale}", "baseUrl": f"/x/{locale}/", "url": f"https://{locale}.io".lower()}
        i18n["localeConfigs"][locale] = {k: v for k, v in given.items() if chance.random() < 0.25}
    instances = [
        _instance(folder, chance, name, i18n) for name in ("default", "api")[: chance.choice((1, 2))]
    ]
    config: dict[str, Any] = {
        "title": "T", "url": "https://t.io", "baseUrl": chance.choice(("/", "/base/")), "i18n": i18n,
        "onBrokenLinks": "ignore", "onDuplicateRoutes": "ignore",
        "presets": [["classic", {"docs": instances[0], "blog": False, "theme": {}}]],
        "plugins": [["@docusaurus/plugin-content-docs", options] for options in instances[1:]],
        "markdown": {"format": chance.choice(("mdx", "md", "detect"))},
    }  # fmt: skip
    slash = chance.choice((True, False, None))
    config |= {} if slash is None else {"trailingSlash": slash}
    _write(folder / "docusaurus.config.js", f"module.exports = {json.dumps(config)};\n")
    _write(folder / "package.json", '{"name": "t", "version": "1.0.0"}')


def _instance(folder: Path, chance: random.Random, name: str, i18n: dict[str, Any]) -> dict[str, Any]:
    """Writes the pages of one docs instance; gives its options."""
    prefix = "" if name == "default" else f"{name}_"
    options: dict[str, Any] = {"id": name, "path": f"{name}-docs", "sidebarPath": False}
    options["routeBasePath"] = chance.choice(("/", "docs/", "/a/b")) if name == "default" else name
    odd = {"exclude": ["README.md"], "include": ["**/*.md"], "numberPrefixParser": False}
    options |= {key: value for key, value in odd.items() if chance.random() < 0.2}
    names = chance.sample(("1.0", "2.0.0", "v3"), chance.choice((0, 1, 2)))
    if names:
        _write(folder / f"{prefix}versions.json", json.dumps(names))
        options["lastVersion"] = chance.choice(("current", *names))
        options["versions"] = {
            n: {"path": f"p/{n}", "label": f"L {n}"} for n in names if chance.random() < 0.4
        }
    for version in ("current", *names):
        docs = f"{prefix}versioned_docs/version-{version}" if version != "current" else options["path"]
        pages = _write_pages(folder / docs, chance)
        _write(folder / docs / "tags.yml", "known: {label: Known label}")
        plugin = "docusaurus-plugin-content-docs" + ("" if name == "default" else f"-{name}")
        for locale in i18n["locales"]:
            place = i18n["localeConfigs"][locale].get("path", locale)
            inside = "current" if version == "current" else f"version-{version}"
            for page in pages:
                if chance.random() < 0.2:
                    _write(folder / "i18n" / place / plugin / inside / page, "# Traduction\n\nword\n")
    return options


def _write_pages(folder: Path, chance: random.Random) -> list[str]:
    pages = {"must.md"}
    _write(folder / "must.md", "# Must\n")
    for number in range(chance.choice((5, 15))):
        path = f"{chance.choice(FOLDERS)}/{chance.choice(NAMES).format(number)}".lstrip("/")
        taken = {
            page.rpartition("/")[0] for page in pages if "index" in page.lower() or "readme" in page.lower()
        }
        if path.rpartition("/")[0] in taken and ("index" in path.lower() or "readme" in path.lower()):
            continue  # two pages at one address are refused
        pages.add(path)
        fields = {key for key in FIELDS if chance.random() < 0.15}
        fields -= {"unlisted"} if "draft" in fields else set()
        front = "".join(f"{key}: {chance.choice(FIELDS[key]).format(number)}\n" for key in sorted(fields))
        body = chance.choice(BODIES).format(number)
        _write(folder / path, f"---\n{front}---\n{body}\n\nword\n" if front else f"{body}\n\nword\n")
    return sorted(pages)


def text_of(seed: int) -> str:
    """A Markdown text of a few blocks with headings."""
    chance = random.Random(seed)

    def block() -> str:
        words = [chance.choice(PIECES) for _ in range(chance.choice((1, 1, 2, 3)))]
        return (
            chance.choice(BLOCKS)
            .replace("{}", chance.choice((" ", "")).join(words))
            .replace("{{", "{")
            .replace("}}", "}")
        )

    return "text\n\n" + "\n\n".join(block() for _ in range(chance.choice((1, 2, 4))))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
