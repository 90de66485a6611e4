"""Timing in turn: each contender proves its result, then all take part in every round."""

import statistics
import time

from proof import difference, expected
from worker import Failed

#: Seconds between two contenders, in which the threads of the last one stop spinning.
PAUSE = 0.03
MOST_REPETITIONS = 10_000


def quartiles(values):
    """(low, median, high); the value itself where there is only one."""
    if len(values) == 1:
        return (values[0],) * 3
    return tuple(statistics.quantiles(values, n=4, method="inclusive"))


def compete(workers, mode, case, rounds, seconds, complain):
    """Rows of what each worker needs for one mode of one case.

    workers : those to be timed; one that cannot do this mode is left out silently, one that
        fails or computes other numbers by `complain(name, sentence)`
    seconds : what a contender gets in each round, in which it repeats its call
    """
    repetitions, spans, busy = {}, {}, {}
    wanted = expected(mode, case)
    for worker in workers:
        try:
            found = worker.ask("prove", mode, case)
            if found is None:
                continue
            wrong = difference(found, wanted)
            if wrong:
                complain(worker.name, wrong)
                continue
            lasted = worker.ask("start", mode, case)
        except Failed as failure:
            complain(worker.name, str(failure))
            continue
        repetitions[worker] = max(1, min(MOST_REPETITIONS, round(seconds / lasted)))
        spans[worker], busy[worker] = [], []
    for _ in range(rounds):
        for worker in list(repetitions):
            time.sleep(PAUSE)
            try:
                span, cores = worker.ask("time", repetitions[worker])
            except Failed as failure:
                complain(worker.name, str(failure))
                del repetitions[worker]
                continue
            spans[worker].append(span)
            busy[worker].append(cores)
    for worker in workers:
        try:
            worker.ask("release")
        except Failed:
            pass  # said above, where it happened
    return [
        row(worker.name, case.shape, mode, spans[worker])
        | {
            "repetitions": repetitions[worker],
            "cores": round(statistics.median(busy[worker]), 2),
        }
        for worker in repetitions
    ]


def start_cold(workers, shape, what, file, rounds, complain):
    """Rows of whole processes, one of each contender in every round."""
    able = [worker for worker in workers if what in worker.about["cold"]]
    spans = {worker: [] for worker in able}
    # The first process of each finds nothing compiled or read from disk, and is not counted.
    for number in range(rounds + 1):
        for worker in [worker for worker in able if worker in spans]:
            try:
                lasted = worker.ask("cold", what, file)
            except Failed as failure:
                complain(worker.name, str(failure))
                del spans[worker]
                continue
            if number:
                spans[worker].append(lasted)
    return [row(worker.name, shape, f"cold {what}", spans[worker]) for worker in spans]


def row(name, shape, mode, spans):
    low, median, high = quartiles(spans)
    return {
        "shape": list(shape),
        "mode": mode,
        "peer": name,
        "median": median,
        "low": low,
        "high": high,
        "rounds": spans,
    }
