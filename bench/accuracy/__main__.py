"""Published results, reached again: one command for each experiment.

    python bench/accuracy NAME [--data FOLDER] [--seeds N] [--libraries fastgru torch ...]
                               [--rounds 2] [--save] [--smoke] [--json FILE]
    python bench/accuracy table

Trains, tests, and times an epoch beside the same model in Keras on JAX and in PyTorch, where
they are installed. FOLDER, or the environment variable FASTGRU_DATA, holds the data sets. With
--save the numbers go to bench/accuracy/results; `table` writes docs/accuracy.md from there.
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

import machine  # noqa: E402, of the benchmark beside

RESULTS = Path(__file__).with_name("results")
#: JSON's form.
VERSION = 1


def arguments():
    parser = argparse.ArgumentParser("python bench/accuracy", description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("name", choices=[*ALL, "table"], metavar="NAME", help=f"of {', '.join(ALL)}; or table")
    add("--data", metavar="FOLDER", help="of the data sets; default: FASTGRU_DATA")
    add("--seeds", type=int, help="number of trainings; default: the experiment's")
    add("--libraries", nargs="+", choices=contest.LIBRARIES, default=contest.LIBRARIES,
        metavar="NAME", help=f"of {', '.join(contest.LIBRARIES)}")  # fmt: skip
    add("--rounds", type=int, default=2, help="timed epochs of each behind the first (2)")
    add("--smoke", action="store_true", help="one epoch of a small model on a little data")
    add("--json", metavar="FILE", help="write all numbers to this file")
    add("--save", action="store_true", help="write them into bench/accuracy/results")
    options = parser.parse_args()
    if options.smoke and options.save:
        parser.error("a smoke run is no result to save")
    if options.seeds is not None and options.seeds < 1:
        parser.error("--seeds must be at least 1")
    if options.rounds < 0:
        parser.error("--rounds must be at least 0")
    return options


def trained(contender, seeds, say):
    """One whole training for each seed."""
    found = []
    for seed in seeds:
        found.append(contender.ask("run", seed))
        last = found[-1]
        say(
            f"{contender.library}, seed {seed}: {last['test']:.6g} after {last['epochs']} "
            f"epochs, {last['seconds']:.1f} s"
        )
    return found


def measure(experiment, options, say):
    """The whole report of one experiment."""
    path = data.folder(options.data, experiment.folder) if experiment.folder else None
    settings = experiment.settings | (experiment.smoke if options.smoke else {})
    seeds = [0] if options.smoke else experiment.seeds
    if options.seeds is not None:
        seeds = list(range(options.seeds))
    report = {
        "version": VERSION,
        "experiment": experiment.name,
        "machine": machine.describe(),
        "settings": settings,
        "seeds": list(seeds),
    }
    say(f"{experiment.title}: {experiment.measure}; published: {experiment.published}")
    contenders = contest.start(options.libraries, experiment.name, path, settings, say)
    try:
        rows = contest.epochs(contenders, options.rounds, say) if options.rounds else {
            each.library: {"versions": each.versions, "epochs": []} for each in contenders
        }
        for each in contenders:
            if each.library == "fastgru" or each.library in experiment.beside:
                rows[each.library]["runs"] = trained(each, seeds, say)
    finally:
        for each in contenders:
            each.stop()
    return report | {"libraries": rows}


def main():
    options = arguments()
    if options.name == "table":
        return table.write(RESULTS, Path(__file__).parents[2] / "docs" / "accuracy.md")
    experiment = ALL[options.name]

    def say(line):
        print(line, flush=True)

    try:
        report = measure(experiment, options, say)
    except contest.Failed as failure:
        sys.exit(str(failure))
    say(table.verdict(experiment, report))
    files = [Path(options.json)] if options.json else []
    if options.save:
        files.append(RESULTS / f"{experiment.name}.json")
    for file in files:
        file.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
