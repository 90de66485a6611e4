"""Published results, reached again: one command for each experiment.

    python bench/accuracy NAME [--data FOLDER] [--seeds N] [--libraries fastgru torch ...]
                               [--rounds 2] [--threads N] [--save] [--smoke] [--json FILE]
    python bench/accuracy NAME --times
    python bench/accuracy table

Trains, tests, and times an epoch beside the same model in Keras on JAX and in PyTorch, where
they are installed. FOLDER, or the environment variable FASTGRU_DATA, holds the data sets. With
--save the numbers go to bench/accuracy/results; `table` writes docs/accuracy.md from there.
With --times nothing is trained to its end: epochs are timed, and stand in the results beside
the trainings that are kept there.
"""

import argparse
import json
import sys
from pathlib import Path

import contest
import data
import table
from experiments import ALL

sys.path.append(str(Path(__file__).parents[1]))

import machine

RESULTS = Path(__file__).with_name("results")
#: JSON's form.
VERSION = 1


def arguments():
    parser = argparse.ArgumentParser(
        "python bench/accuracy", description=__doc__.split("\n")[0]
    )
    add = parser.add_argument
    add("name", choices=[*ALL, "table"], metavar="NAME", help=f"of {', '.join(ALL)}; or table")
    add("--data", metavar="FOLDER", help="of the data sets; default: FASTGRU_DATA")
    add("--seeds", type=int, help="number of trainings; default: the experiment's")
    add("--libraries", nargs="+", choices=contest.LIBRARIES, default=contest.LIBRARIES,
        metavar="NAME", help=f"of {', '.join(contest.LIBRARIES)}")  # fmt: skip
    add("--rounds", type=int, default=2, help="timed epochs of each behind the first (2)")
    add("--threads", type=int, help="cores and threads of each; default: what each takes")
    add("--smoke", action="store_true", help="one epoch of a small model on a little data")
    add("--json", metavar="FILE", help="write all numbers to this file")
    add("--save", action="store_true", help="write them into bench/accuracy/results")
    add(
        "--times", action="store_true", help="time epochs alone, into the results that are kept"
    )
    options = parser.parse_args()
    if options.smoke and options.save:
        parser.error("a smoke run is no result to save")
    if options.times and (options.smoke or options.save or options.json):
        parser.error("--times writes into bench/accuracy/results and takes no other file")
    if options.seeds is not None and options.seeds < 1:
        parser.error("--seeds must be at least 1")
    if options.threads is not None and not 1 <= options.threads <= machine.cores():
        parser.error(f"--threads must be from 1 to {machine.cores()}")
    if options.rounds < 0:
        parser.error("--rounds must be at least 0")
    return options


def train(contenders, seeds, rows, say, keep):
    """One whole training for each seed, and each contender in turn."""
    for each in contenders:
        runs = rows[each.library]["runs"] = []
        for seed in seeds:
            runs.append(each.ask("run", seed))
            last = runs[-1]
            say(f"{each.library}, seed {seed}: {last['test']:.6g} after {last['epochs']} epochs, "
                f"{last['seconds']:.1f} s ({last['cpu']:.1f} s of cores)")  # fmt: skip
            keep()


def measure(experiment, options, say, keep):
    """The whole report of one experiment; `keep` is called with what there is of it."""
    path = data.folder(options.data, experiment.folder) if experiment.folder else None
    settings = experiment.settings | (experiment.smoke if options.smoke else {})
    seeds = [0] if options.smoke else list(experiment.seeds)
    if options.seeds is not None:
        seeds = list(range(options.seeds))
    say(f"{experiment.title}: {experiment.measure}; published: {experiment.published}")
    contenders = contest.start(
        options.libraries, experiment.name, path, settings, options.threads, say
    )
    rows = {each.library: {"versions": each.versions} for each in contenders}
    report = {
        "version": VERSION,
        "experiment": experiment.name,
        "machine": machine.describe(),
        "threads": options.threads or machine.cores(),
        "settings": settings,
        "timed": experiment.timed,
        "libraries": rows,
    }

    def saved():
        keep(report)

    ours = [each for each in contenders if each.library == "fastgru"]
    beside = [each for each in contenders if each.library in experiment.beside]
    try:
        if not options.times:
            train(ours, seeds, rows, say, saved)
        if options.rounds:
            for library, took in contest.epochs(contenders, options.rounds, say).items():
                rows[library]["epochs"] = took
            saved()
        if not options.times:
            train(beside, seeds, rows, say, saved)
    finally:
        for each in contenders:
            each.stop()
    return report


def main():
    options = arguments()
    if options.name == "table":
        return table.write(RESULTS, Path(__file__).parents[2] / "docs" / "accuracy.md")
    experiment = ALL[options.name]

    def say(line):
        print(line, flush=True)

    files = [Path(options.json)] if options.json else []
    if options.save:
        files.append(RESULTS / f"{experiment.name}.json")

    if options.times:
        kept = RESULTS / f"{experiment.name}.json"
        if not kept.is_file():
            sys.exit(f"{kept.name} is not in bench/accuracy/results: train with --save first")
        files.append(kept)

    def keep(report):
        if options.times:
            report = contest.retimed(json.loads(kept.read_text(encoding="utf-8")), report)
        text = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
        for file in files:
            file.write_text(text, encoding="utf-8")

    try:
        report = measure(experiment, options, say, keep)
    except contest.Failed as failure:
        sys.exit(str(failure))
    if not options.times:
        say(table.verdict(experiment, report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
