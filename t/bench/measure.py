"""What every row of the benchmark shares: running tools, alternating runs,
and the lines it prints.

A result is printed twice: RESULT name value unit is the median of the runs,
RESULT name.best the best one.
"""
import statistics
import subprocess
import sys


class Failed(Exception):
    """A tool failed or answered what it must not; the row has no result."""


def note(*words):
    print("#", *words, flush=True)


def run(command, **options):
    """The standard output of a command that must succeed."""
    command = [str(word) for word in command]
    done = subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, **options)
    if done.returncode != 0:
        raise Failed("%s: exit %d\n%s%s" % (" ".join(command),
                                            done.returncode,
                                            done.stdout[-2000:],
                                            done.stderr[-2000:]))
    return done.stdout


def median_best(values, lower_is_better):
    best = min(values) if lower_is_better else max(values)
    return statistics.median(values), best


class Results:
    """Collects what was measured; prints each line as soon as it is known."""

    def __init__(self, judged):
        self.judged = judged
        self.rows = []

    def add(self, name, values, unit, target=None, lower_is_better=True):
        """Adds a row: `values` of all runs, `target` to reach or None."""
        median, best = median_best(values, lower_is_better)
        for suffix, value in (("", median), (".best", best)):
            print("RESULT %s%s %.4g %s" % (name, suffix, value, unit),
                  flush=True)
        self.rows.append((name, median, best, unit, target, lower_is_better))

    def add_ratio(self, name, over, under, target=None, lower_is_better=False,
                  times=False):
        """Adds over / under: median by median, best by best, where the best
        of `times` is the least and of rates the most.
        """
        best_of = min if times else max
        middle = statistics.median(over) / statistics.median(under)
        best = best_of(over) / best_of(under)
        print("RESULT %s %.4g ratio" % (name, middle))
        print("RESULT %s.best %.4g ratio" % (name, best), flush=True)
        self.rows.append((name, middle, best, "ratio", target,
                          lower_is_better))

    def missing(self, name, reason):
        print("MISSING %s: %s" % (name, str(reason).strip()), flush=True)
        self.rows.append((name, None, None, "", None, False))

    def table(self):
        """Prints all rows with their targets; returns how many fell short."""
        short = 0
        print("\n%-34s %12s %12s %-18s %s" % ("row", "median", "best", "unit",
                                              "to reach"))
        for name, median, best, unit, target, lower in self.rows:
            if median is None:
                print("%-34s %12s" % (name, "no result"))
                short += 1
                continue
            verdict = ""
            if target is not None:
                reached = median <= target if lower else median >= target
                sign = "<=" if lower else ">="
                verdict = "%s %g" % (sign, target)
                if self.judged:
                    verdict += " reached" if reached else " SHORT"
                    short += 0 if reached else 1
            print("%-34s %12.4g %12.4g %-18s %s" % (name, median, best, unit,
                                                    verdict))
        sys.stdout.flush()
        return short


def fields(line):
    """The words of "LOAD name value name value ..." as a dictionary."""
    words = line.split()
    return dict(zip(words[1::2], words[2::2]))


def lines_of(text, first_word):
    return [line for line in text.splitlines()
            if line.split(" ", 1)[0] == first_word]
