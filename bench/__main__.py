"""fastgru beside the peers that are installed: equal results first, then time.

    python bench [--peers torch jax ...] [--modes train infer ...] [--shapes 32,10,64,32 ...]
                 [--rounds 7] [--threads 1] [--quick] [--json FILE] [--chart FILE] [--save]

Prints one table; the times are medians over rounds in which all contenders take turns, each in
a process of its own. Exit code 1 if one of them computed other numbers or failed.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import cases
import machine
import peers
import report as reports
from rich.console import Console
from rounds import compete, start_cold
from worker import Failed, Worker

RESULTS = Path(__file__).with_name("results")
SETS = {
    "usual": list(cases.SHAPES),
    "odd": list(cases.ODD_SHAPES),
    "all": [*cases.SHAPES, *cases.ODD_SHAPES],
}


def shapes(word):
    """The shapes that one word of --shapes names."""
    if word in SETS:
        return SETS[word]
    try:
        B, T, I, H = (int(size) for size in word.split(","))
    except ValueError:
        B = 0
    if B < 1 or min(T, I, H) < 1:
        raise argparse.ArgumentTypeError(f"{word}: not B,T,I,H nor one of {', '.join(SETS)}")
    return [(B, T, I, H)]


def arguments():
    parser = argparse.ArgumentParser("python bench", description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--peers", nargs="+", choices=peers.NAMES, default=peers.NAMES, metavar="NAME",
        help=f"of {', '.join(peers.NAMES)}; fastgru takes part always")  # fmt: skip
    add("--modes", nargs="+", choices=cases.MODES, metavar="MODE",
        help="; ".join(f"{name}: {what}" for name, what in cases.MODES.items()))  # fmt: skip
    add("--shapes", nargs="+", type=shapes, metavar="B,T,I,H", help="also usual, odd or all")
    add("--rounds", type=int, help="rounds of each comparison (7); of cold, at most 5")
    add("--threads", type=int, help="cores and threads of each; default: what each takes")
    add("--quick", action="store_true", help="a look: short rounds, two of them")
    add("--json", help="write all numbers to this file")
    add("--chart", help="draw the ratios into this PNG file")
    add("--save", action="store_true", help="write the numbers into bench/results")
    options = parser.parse_args()
    if options.threads is not None and not 1 <= options.threads <= machine.cores():
        parser.error(f"--threads must be from 1 to {machine.cores()}")
    if options.rounds is not None and options.rounds < 1:
        parser.error("--rounds must be at least 1")
    return options


def settle(options):
    """Fill in what was not given."""
    quick = options.quick
    options.rounds = options.rounds or (2 if quick else 7)
    options.seconds = 0.02 if quick else 0.2
    options.modes = options.modes or (["train", "infer"] if quick else list(cases.MODES))
    given = options.shapes or [SETS["usual"][3:4] if quick else SETS["usual"]]
    options.shapes = list(dict.fromkeys(shape for part in given for shape in part))
    options.peers = [name for name in peers.NAMES if name in {"fastgru", *options.peers}]


def start_workers(options, report, console):
    workers = []
    for name in options.peers:
        with console.status(f"starting {name}"):
            try:
                workers.append(Worker(name, options.threads))
            except Failed as failure:
                report["left_out"][name] = str(failure).strip().splitlines()[-1]
                continue
        report["contenders"][name] = workers[-1].about
    return workers


def run(options, workers, report, flops, console, keep):
    """Fill in the rows, the failures, and the operations by mode and shape.

    `keep` is called after each comparison, so that a run that is stopped leaves what it has.
    """

    def complain(name, sentence):
        report["failures"].append(f"{name}, {task}: {sentence}")
        console.print(f"[red]{report['failures'][-1]}")

    for shape in options.shapes:
        case = cases.make(shape)
        for mode in options.modes:
            if not cases.applies(mode, shape):
                continue
            task = f"{mode} {shape}"
            flops[mode, shape] = cases.flops(mode, case)
            with console.status(task):
                report["rows"] += compete(
                    workers, mode, case, options.rounds, options.seconds, complain
                )
            keep()
    if "cold" in options.modes:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "tutorial.onnx")
            try:
                from peers._onnx import tutorial

                file.write_bytes(tutorial())
            except ImportError:
                pass  # those that would read it are not installed or will say so
            for what in ("predict", "fit"):
                task = f"cold {what}"
                shape = cases.TUTORIAL["shape"] if what == "fit" else (1, 10, 64, 32)
                with console.status(task):
                    report["rows"] += start_cold(
                        workers, shape, what, str(file), min(5, options.rounds), complain
                    )
                keep()


def files(options, report):
    """Where the numbers go."""
    if options.json:
        yield Path(options.json)
    if options.save:
        date = report["machine"]["date"].split()[0]
        yield RESULTS / f"{date}-{machine.short_name(report['machine'])}.json"


def main():
    options = arguments()
    settle(options)
    console = reports.wide()
    # Progress goes where it does not disturb a table that is kept in a file.
    progress = Console(stderr=True)
    threads, attempts = options.threads or machine.cores(), 2 if options.quick else 20
    names = ("peers", "modes", "shapes", "rounds", "threads", "quick")
    with progress.status("measuring the machine"):
        report = {
            "machine": machine.describe(),
            "limits": machine.limits(threads, attempts),
            "options": {name: getattr(options, name) for name in names},
            "contenders": {},
            "left_out": {},
            "rows": [],
            "failures": [],
        }
    workers = start_workers(options, report, progress)
    for line in reports.header(report):
        console.print(line, highlight=False, markup=False)
    flops = {}

    def keep():
        reports.complete(report["rows"], flops, 1e9 * report["limits"]["fma"][threads])
        for file in files(options, report):
            reports.write(file, report)

    try:
        run(options, workers, report, flops, progress, keep)
    finally:
        for worker in workers:
            worker.stop()
    report["limits"] = machine.higher(report["limits"], machine.limits(threads, attempts))
    keep()
    console.print("", reports.table(report["rows"]), "", sep="\n")
    for line in (*reports.ceiling(report["limits"]), *reports.LEGEND):
        console.print(line, highlight=False, markup=False)
    for file in files(options, report):
        console.print(f"written to {file}", highlight=False)
    if options.chart:
        try:
            import chart
        except ImportError as missing:
            console.print(f"no chart: {missing}", highlight=False)
        else:
            if not chart.draw(report, options.chart):
                console.print("no chart: nothing beside fastgru")
    return 1 if report["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
