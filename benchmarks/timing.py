"""How long does it take, fairly? Interleaved rounds, medians, spread."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

Call = Callable[[], object]


@dataclass
class Sample:
    """Seconds of one subject: for each query, one figure a round."""

    rounds: list[list[float]] = field(default_factory=list)
    spent: float = 0.0

    def median(self) -> float:
        return statistics.median(self._each())

    def p95(self) -> float:
        return quantile(self._each(), 0.95)

    def spread(self) -> tuple[float, float]:
        """The lowest and highest median of a round."""
        medians = [statistics.median(r) for r in self.rounds if r]
        return min(medians), max(medians)

    def queries(self) -> int:
        return len(self.rounds[0])

    def _each(self) -> list[float]:
        """The median of each query over all rounds that reached it."""
        longest = max(self.rounds, key=len)
        return [
            statistics.median(r[number] for r in self.rounds if number < len(r))
            for number in range(len(longest))
        ]


def interleaved(
    subjects: Mapping[str, Sequence[Call]], rounds: int, budget: float
) -> dict[str, Sample]:
    """Every subject's calls in a row, the subjects in turn, `rounds` times.

    In a row, because an engine in service has the processor's cache for itself; in
    many short rounds, because a shared machine is not equally fast at all times.
    A subject that has used up its `budget` of seconds answers no more queries: of a
    slow engine the first ones are measured. One round before is not counted.
    """
    samples = {name: Sample() for name in subjects}
    names = list(subjects)
    for round_ in range(-1, rounds):
        gc.collect()
        for sample in samples.values():
            sample.rounds.append([])
            if round_ == 0:
                sample.spent = 0.0  # the round before loaded dictionaries
        turn = round_ % len(names)  # nobody always comes first
        for name in names[turn:] + names[:turn]:
            sample = samples[name]
            for number, call in enumerate(subjects[name]):
                if sample.spent > budget and (number > 0 or round_ > 0):
                    break
                seconds = _once(call)
                sample.spent += seconds
                sample.rounds[-1].append(seconds)
    for sample in samples.values():
        kept = [r for r in sample.rounds[1:] if r]
        sample.rounds = kept or sample.rounds[:1]
    return samples


def repeated(call: Call, times: int) -> Sample:
    """One call, several times; the first is not counted."""
    _once(call)
    return Sample([[_once(call) for _ in range(times)]])


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _once(call: Call) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
