"""A bar for each candidate, with the range of its rounds and the line that the target draws."""

from html import escape

from . import verdict

WIDTH, LEFT, RIGHT = 720, 170, 120
TOP, ROW, BAR = 44, 34, 18

STYLE = """
  .ground { fill: #ffffff } text { fill: #24292f; font: 13px system-ui, sans-serif } .title { font-weight: 600 }
  .unit { fill: #57606a } .bar { fill: #8c959f } .ours { fill: #0969da }
  .range { stroke: #24292f; stroke-width: 1.5 } .target { stroke: #cf222e; stroke-width: 1.5; stroke-dasharray: 4 3 }
  .goal { fill: #cf222e; font-size: 11px }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117 } text { fill: #e6edf3 } .unit { fill: #8d96a0 } .bar { fill: #6e7681 } .ours { fill: #4493f8 }
    .range { stroke: #e6edf3 } .target { stroke: #ff7b72 } .goal { fill: #ff7b72 }
  }"""


def svg(scenario, result):
    figure = scenario.figure
    found = {c.label: verdict.summary(verdict.values(result, c.label, figure)) for c in scenario.candidates}
    bars = {label: summary for label, summary in found.items() if summary}
    goals = [goal for goal in (_goal(target, bars) for target in scenario.targets if target.figure == figure) if goal]
    most = max([summary.high for summary in bars.values()] + [at for at, _ in goals] + [1e-9])
    scale = (WIDTH - LEFT - RIGHT) / most
    height = TOP + ROW * max(len(bars), 1) + 10 + 16 * len(goals)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'role="img">',
        f"<title>{escape(scenario.title)}</title>",
        f"<style>{STYLE}\n</style>",
        f'<rect class="ground" width="{WIDTH}" height="{height}" rx="6"/>',
        f'<text class="title" x="16" y="24">{escape(scenario.title)} <tspan class="unit">'
        f"{escape(figure.name)}, {escape(figure.unit)}</tspan></text>",
    ]
    ours = {target.ours for target in scenario.targets} or {"us"}
    for row, (label, summary) in enumerate(bars.items()):
        middle = TOP + row * ROW + ROW / 2
        low, high, end = (LEFT + value * scale for value in (summary.low, summary.high, summary.median))
        out += [
            f'<text x="{LEFT - 10}" y="{middle + 4:.1f}" text-anchor="end">{escape(label)}</text>',
            f'<rect class="{"bar ours" if label in ours else "bar"}" x="{LEFT}" y="{middle - BAR / 2:.1f}" '
            f'width="{max(end - LEFT, 1):.1f}" height="{BAR}"/>',
            f'<path class="range" fill="none" d="M{low:.1f} {middle:.1f}H{high:.1f}M{low:.1f} {middle - 4:.1f}v8'
            f'M{high:.1f} {middle - 4:.1f}v8"/>',
            f'<text x="{WIDTH - 16}" y="{middle + 4:.1f}" text-anchor="end">'
            f"{verdict.number(summary.median, figure.digits)}</text>",
        ]
    bottom = TOP + ROW * len(bars)
    placed = [(LEFT + at * scale, text) for at, text in goals]
    # inwards from both sides, so that no line crosses the text of another
    for row, (x, text) in enumerate(sorted(placed, key=lambda goal: goal[0] if goal[0] > WIDTH / 2 else -goal[0])):
        y = bottom + 16 * (row + 1)
        # next to the end of the line, on the side that has room
        side, anchor = (-5, "end") if x > WIDTH / 2 else (5, "start")
        out += [
            f'<path class="target" d="M{x:.1f} {TOP - 4}V{y}"/>',
            f'<text class="goal" x="{x + side:.1f}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>',
        ]
    return "\n".join(out + ["</svg>", ""])


def _goal(target, bars):
    sign = "≤" if target.sign == "<=" else "≥"
    if target.peer is None:
        return target.bound, f"{sign} {verdict.number(target.bound, target.figure.digits)}"
    if target.peer not in bars:
        return None
    return target.bound * bars[target.peer].median, f"{sign} {target.bound:.2f} × {target.peer}"
