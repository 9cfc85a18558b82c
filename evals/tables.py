"""What the commands print for people, as rich tables.  Numbers come ready; nothing is worked out here."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from evals.comparing import Change, Comparison, improves

LISTED = 10  # cases better or worse that are named


def print_retrieval(console: Console, summary: Mapping[str, Any]) -> None:
    """The figures of one retrieval run: overall with intervals, at the other level, by tag."""
    console.print(
        f"{summary['dataset']}: {summary['judged']} judged of {summary['cases']} cases, by {summary['by']}; "
        f"{summary['index']['pages']} pages, {summary['index']['chunks']} chunks"
    )
    names = list(summary["metrics"])
    table = _table("", "cases", *names)
    table.add_row(*_cells("all", summary["judged"], summary["metrics"], names))
    table.add_row("  95 %", "", *(_interval(summary["intervals"][name]) for name in names))
    for level, metrics in summary["levels"].items():
        if level != summary["by"]:
            table.add_row(*_cells(f"by {level}", summary["judged"], metrics, names))
    for tag, one in summary["tags"].items():
        table.add_row(*_cells(f"#{tag}", one["judged"], one["metrics"], names))
    console.print(table)
    times = summary["latency_ms"]
    console.print(f"search {times['p50']:.1f} ms in the middle, {times['p95']:.1f} ms at 95 %")
    if summary["unstable"]:
        console.print(f"{summary['unstable']} cases find another order when they are asked again")


def print_answers(console: Console, summary: Mapping[str, Any]) -> None:
    """The figures of one answers run, metric by metric."""
    outcomes = ", ".join(f"{count} {name}" for name, count in summary["outcomes"].items())
    console.print(f"{summary['dataset']}: {summary['cases']} cases, {outcomes}")
    table = _table("metric", "cases", "mean", "95 %")
    for name, value in summary["metrics"].items():
        shown = "" if value is None else f"{value:.4g}"
        bounds = "" if value is None else _interval(summary["intervals"][name])
        table.add_row(name, str(summary["counts"][name]), shown, bounds)
    console.print(table)
    for name in ("first_token_ms", "total_ms"):
        console.print(f"{name}: p50 {summary[name]['p50']:.0f}, p95 {summary[name]['p95']:.0f}")
    judge = summary["judge"]
    if judge:
        console.print(f"judge {judge['model']}: {judge['asked']} judgments, {judge['failed']} failed")


def print_load(console: Console, summary: Mapping[str, Any]) -> None:
    """The figures of one load: times, what became of the questions, and what the server used."""
    console.print(Text(f"{summary['url']}: {summary['traffic']}"))
    table = _table("", *summary["total_ms"])
    for name, times in (("first token, ms", "first_token_ms"), ("whole answer, ms", "total_ms")):
        table.add_row(name, *("" if one is None else f"{one:.0f}" for one in summary[times].values()))
    console.print(table)
    ends = [f"{count} {kind}" for kind, count in summary["outcomes"].items() if count]
    ends += [f"{count} turned away ({reason})" for reason, count in summary["turned_away"].items()]
    ends += [f"{count} failed ({reason})" for reason, count in summary["failures"].items()]
    ends += [f"{summary['cached']} from the cache"] if summary["cached"] else []
    ends += [f"{summary['stalled']} stalled"] if summary["stalled"] else []
    console.print(Text(f"{summary['requests']} questions: {', '.join(ends) or 'nothing came of them'}"))
    console.print(f"{summary['answers_per_second']} answers a second for {summary['seconds']:.1f} s")
    if server := summary["server"]:
        cpu = server["cpu_ms_per_answer"]
        spent = "" if cpu is None else f"{cpu} ms of CPU an answer, "
        memory = f"{server['memory_mb_before']} to {server['memory_mb']} MB of memory"
        console.print(f"server: {spent}{memory}, {server['processes']} processes")


def print_comparison(console: Console, found: Comparison) -> None:
    """Each metric's difference with its interval and test, then the cases that moved."""
    console.print(f"{found.b.dataset}, {found.b.kind}: {found.a.name} (A) and {found.b.name} (B)")
    table = _table("metric", "cases", "A", "B", "B - A", "95 %", "p", "p (Holm)", "")
    for one in found.differences:
        verdict = ("better" if improves(one) else "worse") if one.significant else ""
        table.add_row(
            one.metric, str(one.cases), f"{one.a:.4f}", f"{one.b:.4f}", f"{one.change:+.4f}",
            _interval(one.interval), f"{one.p:.4f}", f"{one.adjusted:.4f}", verdict,
        )  # fmt: skip
    console.print(table)
    _print_changes(console, "better", found.better, found.lead)
    _print_changes(console, "worse", found.worse, found.lead)


def _print_changes(console: Console, word: str, changes: Sequence[Change], lead: str) -> None:
    console.print(f"{len(changes)} cases {word} by {lead}")
    for one in changes[:LISTED]:
        # Text, not markup: a question may hold square brackets.
        console.print(Text(f"  {one.a:.3f} -> {one.b:.3f}  {one.case}  {one.question}"), overflow="ellipsis")
    if len(changes) > LISTED:
        console.print(f"  ... and {len(changes) - LISTED} more")


def print_grid(console: Console, rows: Iterable[Mapping[str, Any]], names: Sequence[str]) -> None:
    """One row for each configuration and dataset; a star marks a difference to the first that is sure."""
    table = _table("dataset", "configuration", *names, "p50 ms", "chunks")
    for row in rows:
        cells = [
            f"{row['metrics'][name]:.4f}{'*' if name in row['significant'] else ''}\n"
            f"{_interval(row['intervals'][name])}"
            for name in names
        ]
        table.add_row(
            Text(row["dataset"]), Text(row["configuration"]), *cells,
            f"{row['latency_ms']['p50']:.1f}", str(row["index"]["chunks"]),
        )  # fmt: skip
    console.print(table)
    console.print("* differs from the dataset's first configuration, p < .05 after Holm's correction")


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, justify="left" if column in ("", "metric", "configuration") else "right")
    return table


def _cells(label: str, count: int, metrics: Mapping[str, float], names: Sequence[str]) -> list[str | Text]:
    return [Text(label), str(count), *(f"{metrics[name]:.4f}" for name in names)]


def _interval(bounds: Sequence[float]) -> str:
    return f"{bounds[0]:.3g}..{bounds[1]:.3g}"
