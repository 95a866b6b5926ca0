"""Makes packages/stats/test/golden/permutation-test.json: exact permutation tests of several columns at once.

Every arrangement is looked at by plain NumPy, with each statistic computed as its definition says (ttest_ind, ttest_rel,
mannwhitneyu, pearsonr, spearmanr of SciPy; with strata a least-squares fit with one constant a stratum). p of each column
is then compared with scipy.stats.permutation_test, where SciPy has the design; max-T is Westfall and Young's.

    python tools/reference/stats_permutation.py      # from the repository's root; about a minute
"""

import itertools
import json
from pathlib import Path

import numpy as np
from scipy import stats

OUT = Path(__file__).parents[2] / "packages" / "stats" / "test" / "golden" / "permutation-test.json"


def arrangements(labels, strata):
    """All ways to give the labels out again within strata; marks of groups are equal to each other."""
    places = [[i for i, s in enumerate(strata) if s == name] for name in dict.fromkeys(strata)]

    def of(stratum):
        own = [labels[i] for i in stratum]
        if set(labels) <= {0, 1}:
            for chosen in itertools.combinations(range(len(own)), int(sum(own))):
                yield [float(i in chosen) for i in range(len(own))]
        else:
            yield from itertools.permutations(own)

    for parts in itertools.product(*map(of, places)):
        row = np.empty(len(labels))
        for stratum, part in zip(places, parts):
            row[stratum] = part
        yield row


def within(strata):
    names = list(dict.fromkeys(strata))
    return np.array([[float(s == name) for name in names] for s in strata])


def fit(labels, x, strata):
    """Slope and t of the labels, in a least-squares fit with one constant a stratum."""
    design = np.column_stack([labels, within(strata)])
    slope = np.linalg.lstsq(design, x, rcond=None)[0]
    left = x - design @ slope
    df = len(x) - np.linalg.matrix_rank(design)
    variance = left @ left / df * np.linalg.inv(design.T @ design)[0, 0]
    return slope[0], slope[0] / np.sqrt(variance)


def statistic(name, labels, x, strata, pairs):
    a, b = x[labels == 1], x[labels == 0]
    if pairs is not None:
        order = lambda mark: np.argsort(np.where(labels == mark, pairs, np.inf))[: len(a)]  # noqa: E731
        a, b = x[order(1)], x[order(0)]
        return np.mean(a - b) if name == "mean-difference" else stats.ttest_rel(a, b).statistic
    if len(set(strata)) > 1 and name in ("mean-difference", "student"):
        return fit(labels, x, strata)[name == "student"]
    if name == "pearson" and len(set(strata)) > 1:
        inside = within(strata)
        centre = lambda v: v - inside @ (inside.T @ v / inside.sum(0))  # noqa: E731
        return stats.pearsonr(centre(labels), centre(x)).statistic
    return {
        "mean-difference": lambda: a.mean() - b.mean(),
        "student": lambda: stats.ttest_ind(a, b).statistic,
        "welch": lambda: stats.ttest_ind(a, b, equal_var=False).statistic,
        "mann-whitney": lambda: stats.mannwhitneyu(a, b, method="asymptotic").statistic,
        "pearson": lambda: stats.pearsonr(labels, x).statistic,
        "spearman": lambda: stats.spearmanr(labels, x).statistic,
    }[name]()


def centre_of(name, labels):
    """What U is measured from, so that its two sides are alike."""
    a = (labels == 1).sum()
    return a * (len(labels) - a) / 2 if name == "mann-whitney" else 0.0


def scipy_p(name, labels, x, alternative, pairs):
    side = {"two-sided": abs, "greater": lambda t: t, "less": lambda t: -t}[alternative]
    middle = centre_of(name, labels)
    if name in ("pearson", "spearman"):
        of = stats.pearsonr if name == "pearson" else stats.spearmanr
        result = stats.permutation_test(
            (labels,), lambda y: side(of(y, x).statistic), permutation_type="pairings", n_resamples=np.inf, alternative="greater"
        )
    elif pairs is not None:
        a, b = (x[labels == mark][np.argsort(pairs[labels == mark])] for mark in (1, 0))
        of = (lambda u, v: np.mean(u - v)) if name == "mean-difference" else (lambda u, v: stats.ttest_rel(u, v).statistic)
        result = stats.permutation_test(
            (a, b), lambda u, v: side(of(u, v)), permutation_type="samples", n_resamples=np.inf, alternative="greater"
        )
    else:
        zeros = lambda u: np.repeat([1.0, 0.0], [len(u), len(x) - len(u)])  # noqa: E731
        of = lambda u, v: statistic(name, zeros(u), np.concatenate([u, v]), [0] * len(x), None) - middle  # noqa: E731
        result = stats.permutation_test(
            (x[labels == 1], x[labels == 0]), lambda u, v: side(of(u, v)), n_resamples=np.inf, alternative="greater"
        )
    return float(result.pvalue)


def case(name, scores, labels, alternative="two-sided", strata=None, pairs=None, compare=True):
    labels, scores = np.asarray(labels, float), np.asarray(scores, float)
    inside = list(pairs) if pairs is not None else list(strata) if strata is not None else [0] * len(labels)
    numbers = np.asarray(pairs, float) if pairs is not None else None
    side = {"two-sided": np.abs, "greater": np.asarray, "less": np.negative}[alternative]
    middle = centre_of(name, labels)

    def row(given):
        with np.errstate(divide="ignore"):
            return np.array([statistic(name, given, x, inside, numbers) for x in scores.T])

    observed = row(labels)
    null = np.array([row(given) for given in arrangements(labels, inside)])
    reached, values = side(observed - middle), side(null - middle)
    close = 1e-9 * np.abs(reached)
    p = (values >= reached - close).mean(0)
    if name == "mann-whitney":
        # Columns are compared by z, whose deviation is smaller where a column has ties.
        spread = np.std(stats.rankdata(scores, axis=0), axis=0)
        reached, values, close = reached / spread, values / spread, close / spread
    p_max = (values.max(1)[:, None] >= reached - close).mean(0)
    order = np.argsort(-reached)
    successive = np.maximum.accumulate(values[:, order[::-1]], axis=1)[:, ::-1]
    step = np.empty(len(order))
    step[order] = np.maximum.accumulate((successive >= (reached - close)[order]).mean(0))
    if compare:
        for x, mine in zip(scores.T, p):
            theirs = scipy_p(name, labels, x, alternative, numbers)
            assert abs(theirs - mine) < 1e-12, (name, alternative, theirs, mine)
    kind = "correlation" if name in ("pearson", "spearman") else "paired" if pairs is not None else "two-sample"
    return {
        "kind": kind,
        "statistic": name,
        "alternative": alternative,
        "labels": labels.tolist(),
        **({"pairs": list(pairs)} if pairs is not None else {}),
        **({"strata": list(strata)} if strata is not None else {}),
        "scores": scores.tolist(),
        "scipy": compare,
        "permutations": len(null),
        "observed": observed.tolist(),
        "p": p.tolist(),
        "pMaxT": p_max.tolist(),
        "pStepDown": step.tolist(),
    }


def main():
    rng = np.random.default_rng(20261123)
    cases = []

    def draw(labels, columns, coarse=False):
        shift = rng.normal(0, 1.2, columns)
        x = rng.normal(0, 1, (len(labels), columns)) * rng.uniform(0.3, 3, columns) + np.outer(labels, shift)
        return np.round(x, 0 if coarse else 4) + 0.0

    for alternative in ("two-sided", "greater", "less"):
        for name in ("mean-difference", "student", "welch", "mann-whitney"):
            for sizes in ((4, 4), (3, 6)):
                labels = rng.permutation(np.repeat([1, 0], sizes))
                cases.append(case(name, draw(labels, 3), labels, alternative))
            labels = rng.permutation(np.repeat([1, 0], (5, 4)))
            if name in ("mean-difference", "mann-whitney"):
                cases.append(case(name, draw(labels, 2, coarse=True), labels, alternative))
        for name in ("mean-difference", "student"):
            marks, pairs = np.tile([1, 0], 7), np.repeat(np.arange(7), 2)
            turn = rng.permutation(14)
            cases.append(case(name, draw(marks[turn], 3), marks[turn], alternative, pairs=pairs[turn].tolist()))
            labels, strata = [1, 0, 0, 1, 1, 0, 0, 1, 0, 0], list("aaabbbbccc")
            cases.append(case(name, draw(labels, 3), labels, alternative, strata=strata, compare=False))
        for name in ("pearson", "spearman"):
            y = np.round(rng.normal(0, 2, 6), 3)
            cases.append(case(name, draw(y / 2, 3), y, alternative))
            y = np.array([1, 2, 2, 3, 5, 5])
            cases.append(case(name, draw(y / 3, 2, coarse=name == "spearman"), y, alternative))
        y = np.round(rng.normal(0, 2, 8), 3)
        cases.append(case("pearson", draw(y, 3), y, alternative, strata=list("aaaabbbb"), compare=False))
    OUT.write_text(json.dumps({"cases": cases}) + "\n")
    print(len(cases), "cases", OUT.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
