"""From runs to numbers: medians, ranges, ratios, and whether a target is reached."""

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Summary:
    median: float
    low: float
    high: float

    def text(self, digits, unit):
        return f"{number(self.median, digits)} {unit} [{number(self.low, digits)}..{number(self.high, digits)}]"


@dataclass(frozen=True)
class Verdict:
    target: object
    # `None`: `lack` says why
    summary: Summary | None
    reached: bool
    lack: str = ""

    def measured(self):
        if self.summary is None:
            return self.lack
        if self.target.peer:
            return self.summary.text(2, "×")
        return self.summary.text(self.target.figure.digits, self.target.figure.unit)


def values(result, label, figure):
    """One value for each round; `None` for a run that failed or has no such figure."""
    found = []
    for run in result["runs"][label]:
        try:
            found.append(None if run is None else figure.of(run))
        except (KeyError, TypeError):
            found.append(None)
    return found


def summary(numbers):
    numbers = [value for value in numbers if value is not None]
    return Summary(median(numbers), min(numbers), max(numbers)) if numbers else None


def verdict(result, target):
    """The ratio of the medians; its range is that of the ratios within each round."""
    ours = values(result, target.ours, target.figure)
    theirs = values(result, target.peer, target.figure) if target.peer else [1] * len(ours)
    failed = [label for label in (target.ours, target.peer) if label and None in result["runs"][label]]
    if failed or not ours:
        return Verdict(target, None, False, "a run failed")
    if None in ours or None in theirs:
        return Verdict(target, None, False, f"never in {ours.count(None)} of {len(ours)} rounds")
    each = [own / other for own, other in zip(ours, theirs)]
    whole = Summary(median(ours) / median(theirs), min(each), max(each))
    return Verdict(target, whole, target.is_met(whole.median))


def number(value, digits):
    """With thin groups: 12 345."""
    return f"{value:,.{digits}f}".replace(",", " ")
