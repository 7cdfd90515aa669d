"""A bar for each candidate, with the range of its rounds and the line that the target draws; lines for what grows."""

import math
from html import escape

from . import verdict
from .scenarios import SCALE

WIDTH, LEFT, RIGHT = 720, 170, 120
TOP, ROW, BAR = 44, 34, 18

STYLE = """
  .ground { fill: #ffffff } text { fill: #24292f; font: 13px system-ui, sans-serif } .title { font-weight: 600 }
  .unit { fill: #57606a } .bar { fill: #8c959f } .ours { fill: #0969da }
  .line { stroke: #0969da; stroke-width: 1.5; fill: none } .grid { stroke: #d0d7de; stroke-width: 1 }
  .range { stroke: #24292f; stroke-width: 1.5 } .target { stroke: #cf222e; stroke-width: 1.5; stroke-dasharray: 4 3 }
  .goal { fill: #cf222e; font-size: 11px }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117 } text { fill: #e6edf3 } .unit { fill: #8d96a0 } .bar { fill: #6e7681 } .ours { fill: #4493f8 }
    .line { stroke: #4493f8 } .grid { stroke: #30363d } .range { stroke: #e6edf3 } .target { stroke: #ff7b72 } .goal { fill: #ff7b72 }
  }"""


def svg(scenario, result):
    return _lines(scenario, result) if scenario.mode == SCALE else _bars(scenario, result)


def _bars(scenario, result):
    figure = scenario.figure
    found = {c.label: verdict.summary(verdict.values(result, c.label, figure)) for c in scenario.candidates}
    bars = {label: summary for label, summary in found.items() if summary}
    goals = [goal for goal in (_goal(target, bars) for target in scenario.targets if target.figure == figure) if goal]
    most = max([summary.high for summary in bars.values()] + [at for at, _ in goals] + [1e-9])
    scale = (WIDTH - LEFT - RIGHT) / most
    height = TOP + ROW * max(len(bars), 1) + 10 + 16 * len(goals)
    out = _head(scenario.title, f"{figure.name}, {figure.unit}", height)
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


def _lines(scenario, result):
    """Both axes are logarithmic: what costs the same is level."""
    shown = {}
    for candidate in scenario.candidates:
        points = [
            (float(column.path.split(".")[1]), verdict.summary(verdict.values(result, candidate.label, column)))
            for column in scenario.columns
            if column.path.startswith("points.")
        ]
        if all(found for _, found in points):
            shown[candidate.label] = [(count, found.median) for count, found in points]
    counts = sorted({count for points in shown.values() for count, _ in points}) or [1, 10]
    costs = [cost for points in shown.values() for _, cost in points] or [1, 10]
    decades = math.log10(counts[-1] / counts[0])
    low = math.floor(math.log10(min(costs)))
    up = max(math.ceil(math.log10(max(costs))) - low, 1)
    left, right, plot_height, bottom = 70, 190, 240, 30
    across = WIDTH - left - right

    def x(count):
        return left + across * math.log10(count / counts[0]) / decades

    def y(cost):
        return TOP + plot_height * (1 - (math.log10(cost) - low) / up)

    out = _head(scenario.title, "ns of one operation, both axes logarithmic", TOP + plot_height + bottom)
    for power in range(low, low + up + 1):
        at = y(10**power)
        out += [
            f'<path class="grid" d="M{left} {at:.1f}H{left + across}"/>',
            f'<text class="unit" x="{left - 8}" y="{at + 4:.1f}" text-anchor="end">{verdict.number(10**power, 0)}</text>',
        ]
    for count in counts:
        out.append(
            f'<text class="unit" x="{x(count):.1f}" y="{TOP + plot_height + 20}" text-anchor="middle">'
            f"{verdict.number(count, 0)}</text>"
        )
    taken = []
    for label, points in sorted(shown.items(), key=lambda each: each[1][-1][1]):
        path = "L".join(f"{x(count):.1f} {y(cost):.1f}" for count, cost in points)
        # a name is next to the end of its line, but for those that would lie on each other
        label_y = min([y(points[-1][1]) + 4, *(other - 15 for other in taken)])
        taken.append(label_y)
        out += [
            f'<path class="line" d="M{path}"/>',
            *(f'<circle class="ours" cx="{x(count):.1f}" cy="{y(cost):.1f}" r="3"/>' for count, cost in points),
            f'<text x="{left + across + 10}" y="{label_y:.1f}">{escape(label)}</text>',
        ]
    return "\n".join(out + ["</svg>", ""])


def _head(title, unit, height):
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{STYLE}\n</style>",
        f'<rect class="ground" width="{WIDTH}" height="{height}" rx="6"/>',
        f'<text class="title" x="16" y="24">{escape(title)} <tspan class="unit">{escape(unit)}</tspan></text>',
    ]


def _goal(target, bars):
    sign = "≤" if target.sign == "<=" else "≥"
    if target.peer is None:
        return target.bound, f"{sign} {verdict.number(target.bound, target.figure.digits)}"
    if target.peer not in bars:
        return None
    return target.bound * bars[target.peer].median, f"{sign} {target.bound:.2f} × {target.peer}"
