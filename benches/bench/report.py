"""`docs/performance.md`, its plots, and the same table for the terminal."""

import pathlib
import re

from . import plot, verdict
from .scenarios import MICRO, SCALE, SCENARIOS, THREADS

BASELINE = pathlib.Path(__file__).resolve().parent.parent / "micro/instructions.txt"
LAYERS = {
    "dispatch": "an event",
    "dispatch_gate": "past a gate",
    "dispatch_limit": "past a rate limit",
    "dispatch_guard": "past a guard",
    "dispatch_middleware": "through a middleware",
    "dispatch_trace": "through `Trace`",
    "emit_text": "an emit",
    "emit_looked_at": "looked at by `on_emit`",
}
DOCS = pathlib.Path(__file__).resolve().parent.parent.parent / "docs"


def table(scenario, result):
    """One line for each target, for people at a terminal."""
    lines = [f"\n{scenario.title}"]
    for candidate in scenario.candidates:
        found = verdict.summary(verdict.values(result, candidate.label, scenario.figure))
        shown = found.text(scenario.figure.digits, scenario.figure.unit) if found else "nothing"
        lines.append(f"  {candidate.label:20}{shown}")
    for target in scenario.targets:
        outcome = verdict.verdict(result, target)
        lines.append(f"  {'reached    ' if outcome.reached else 'NOT reached'} {target.text()}: {outcome.measured()}")
    return "\n".join(lines)


def write(results, machine):
    """Everything that is read by people, from the results by scenario."""
    plots = DOCS / "performance"
    plots.mkdir(parents=True, exist_ok=True)
    measured = [scenario for scenario in SCENARIOS if scenario.key in results]
    for scenario in measured:
        (plots / f"{scenario.key}.svg").write_text(plot.svg(scenario, results[scenario.key]))
    parts = [HEAD, _summary(measured, results), METHOD.format(seconds=machine["seconds"]), _machine(machine)]
    parts += [_switched_on()]
    parts += ["## Scenarios\n", *(_section(scenario, results[scenario.key]) for scenario in measured)]
    (DOCS / "performance.md").write_text("\n".join(parts))


def add(results, machine):
    """Scenarios that were measured by themselves: their sections and lines replace those of the document, or follow them."""
    page = DOCS / "performance.md"
    head, *sections = page.read_text().split("\n### ")
    for scenario in [scenario for scenario in SCENARIOS if scenario.key in results]:
        (DOCS / "performance" / f"{scenario.key}.svg").write_text(plot.svg(scenario, results[scenario.key]))
        facts = machine["facts"]
        alone = f"Measured by itself, {facts['measured']}; {facts['quiet']}; {facts['socketio']}.\n"
        section = f"{_section(scenario, results[scenario.key])}\n{alone}".removeprefix("### ")
        at = [at for at, known in enumerate(sections) if known.startswith(f"{scenario.title}\n")]
        if at:
            sections[at[0]] = section
        else:
            sections.append(section)
        head = _with_lines(head, scenario, _lines(scenario, results[scenario.key])[0])
    rows = [line for line in head.split("\n") if line.endswith(("| yes |", "| **no** |"))]
    reached = sum(line.endswith("| yes |") for line in rows)
    head = re.sub(r"\n\d+ of \d+ targets are reached", f"\n{reached} of {len(rows)} targets are reached", head)
    page.write_text("\n### ".join([head, *(section.rstrip("\n") + "\n" for section in sections)]))


def _with_lines(head, scenario, lines):
    """The table of targets, with these lines for the scenario."""
    kept, skips, last = [], False, 0
    for line in head.split("\n"):
        if line.startswith(f"| [{scenario.title}]"):
            skips = True
        elif not line.startswith("|  |"):
            skips = False
        if not skips:
            kept.append(line)
            if line.endswith(("| yes |", "| **no** |")):
                last = len(kept)
    return "\n".join(kept[:last] + lines + kept[last:])


def _summary(measured, results):
    lines = ["| scenario | target | measured, [min..max] | reached |", "|---|---|---|---|"]
    outcomes = []
    for scenario in measured:
        its_lines, its_outcomes = _lines(scenario, results[scenario.key])
        lines += its_lines
        outcomes += its_outcomes
    return f"{sum(outcomes)} of {len(outcomes)} targets are reached.\n\n" + "\n".join(lines) + "\n"


def _lines(scenario, result):
    """The lines of a scenario's targets, and whether each is reached."""
    title = f"[{scenario.title}](#{_anchor(scenario)})"
    lines, outcomes = [], []
    for target in scenario.targets:
        outcome = verdict.verdict(result, target)
        outcomes.append(outcome.reached)
        reached = "yes" if outcome.reached else "**no**"
        lines.append(f"| {title} | {target.text()} | {outcome.measured()} | {reached} |")
        title = ""
    return lines, outcomes


def _section(scenario, result):
    lines = [f"### {scenario.title}\n"]
    rounds = f"{result['rounds']} round{'s' if result['rounds'] > 1 else ''}"
    asked = f"{_asked(scenario)}, {rounds}."
    lines.append(f"{asked} {scenario.notes}".strip() + "\n")
    lines.append(f"![{scenario.title}](performance/{scenario.key}.svg)\n")
    lines.append("| median of the rounds | " + " | ".join(figure.name for figure in scenario.columns) + " |")
    lines.append("|---|" + "---:|" * len(scenario.columns))
    for candidate in scenario.candidates:
        cells = []
        for figure in scenario.columns:
            found = verdict.summary(verdict.values(result, candidate.label, figure))
            cells.append(verdict.number(found.median, figure.digits) if found else "")
        lines.append(f"| {candidate.label} | " + " | ".join(cells) + " |")
    lines += [f"\nFailed: `{error}`" for error in result["errors"]]
    limited = [candidate.label for candidate in scenario.candidates if _is_limited_by_load(result, candidate.label)]
    if limited:
        lines.append(f"\nThe load generator was the limit for {', '.join(limited)}: the server could do more.")
    missed = [target.text() for target in scenario.targets if not verdict.verdict(result, target).reached]
    if missed:
        lines.append(f"\n**Not reached: {'; '.join(missed)}.** {scenario.limit}".strip())
    return "\n".join(lines) + "\n"


def _asked(scenario):
    if scenario.mode == MICRO:
        return "`cargo bench --profile release --bench time` in `benches/micro`"
    if scenario.mode == THREADS:
        return "`threads` of `benches/micro`"
    if scenario.mode == SCALE:
        return f"`scale {scenario.candidates[0].server}` of `benches/micro`"
    return f"`--mode {scenario.mode} {scenario.options}`"


def _is_limited_by_load(result, label):
    runs = [run for run in result["runs"][label] if run and run.get("server_busy") is not None]
    limited = [run for run in runs if run["generator_busy"] > max(0.9, run["server_busy"])]
    return len(limited) * 2 > len(runs)


def _anchor(scenario):
    kept = (letter for letter in scenario.title.lower() if letter.isalnum() or letter in " -")
    return "".join(kept).replace(" ", "-")


def _switched_on():
    """What each layer adds to the instructions of an event, from the baseline of the micro-benchmarks."""
    lines = (BASELINE.read_text().splitlines()) if BASELINE.exists() else []
    counts = {name: int(count) for name, count in (line.split() for line in lines if not line.startswith("#"))}
    rows = ["## What is switched on\n", "Instructions of one event from decoding to the end of its handler, and of one emit; [speed.md](speed.md) has the features.\n"]
    rows += ["| | instructions | more |", "|---|---:|---:|"]
    for name, title in LAYERS.items():
        than = counts["emit_text" if name.startswith("emit") else "dispatch"]
        rows.append(f"| {title} | {verdict.number(counts[name], 0)} | {verdict.number(counts[name] - than, 0)} |")
    return "\n".join([*rows, ""])


def _machine(machine):
    rows = [f"| {name} | {value} |" for name, value in machine["facts"].items()]
    return "\n".join(["## Machine\n", "| | |", "|---|---|", *rows, ""])


HEAD = """# Performance

Written by `benches/run`; do not edit. Only ratios mean anything on another machine, and the ranges say how much they mean on
this one. Besides: where the bytes of an idle connection are, where the time of a connect and of a poll goes, which lock is held for what, and
what was tried ([speed.md](speed.md)); how long programs take to build ([build-time.md](build-time.md)).
"""

METHOD = """## Method

- One core for the server (0), one for the load (1). The scenario of two workers is the exception: the machine has two cores
  only, so there the server may use both and shares core 1 with the load. Rust servers get one tokio worker.
- A fresh server for every run. Each round runs every candidate once, in an order that rotates, so that a noisy minute hits all
  of them. How many rounds: see each scenario. {seconds} s are measured after 0.5 s of warm-up.
- A ratio is that of the medians of all rounds; `[min..max]` are the ratios within single rounds. Absolute figures: median,
  and the range of the rounds.
- Load: [`benches/loadgen`](../benches/README.md), one thread, raw frames over loopback, a closed loop. Unless said otherwise:
  50 connections, texts of 128 bytes, Socket.IO over WebSocket. Every byte that arrives is compared with what must come;
  a wrong, missing or surplus message and a connection that ends fail the run.
- CPU time is that of all threads of the server (`schedstat`, user and kernel), memory is `Rss` of `smaps_rollup`: both read
  from `/proc` at the two ends of the window.
- Peers do the same work with their default configuration, except that Nagle's algorithm is off everywhere. `bare TCP echo` is
  tokio without any protocol, `hand-written` is axum and tungstenite with write batching ([sources](../benches/peers)).
"""
