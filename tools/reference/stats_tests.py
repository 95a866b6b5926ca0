"""Makes more golden files of packages/stats: tests of pairs and of several groups, correlations, their effects.

As in stats.py, from which the 40-digit functions come, each case holds the reference's float64 answer (`scipy`) and
mpmath's (`exact`), and `scipyDiffers` where the first is further than 1e-10 from the second.

    python tools/reference/stats_tests.py [pairs|groups|...]   # from the repository's root; all without a name
"""

import itertools
import json
import math
import sys
from fractions import Fraction

import mpmath as mp
import numpy as np
from scipy import stats
from stats import ALTERNATIVES, OUT, case, exact, mean, normal_upper, squares, symmetric_p, t_upper, write


def rounded(values, digits=6):
    return [round(float(v), digits) for v in values]


def keep(name, samples):
    """Writes the samples of the cases, one a line."""
    text = json.dumps(samples, separators=(",", ":")).replace("},", "},\n").replace("]],", "]],\n")
    (OUT / f"{name}.json").write_text(text + "\n")


# --- pairs ------------------------------------------------------------------------------------------------------


def draw_pairs():
    rng = np.random.default_rng(61)
    n = rng.normal

    def pair(a, b, digits=6):
        return {"a": rounded(a, digits), "b": rounded(b, digits)}

    def shifted(count, effect, spread=1, digits=6):
        a = n(0, 2, count)
        return pair(a, a + n(effect, spread, count), digits)

    return {
        "two": shifted(2, 1),
        "three": shifted(3, 0.2),
        "five, all above": pair(np.arange(5.0), np.arange(5.0) - rng.gamma(2, 1, 5)),
        "seven": shifted(7, -1),
        "nine with ties": pair(rng.integers(0, 5, 9), rng.integers(1, 8, 9)),
        "ten with zeros and ties": pair(rng.integers(0, 4, 10), rng.integers(0, 5, 10)),
        "thirteen with zeros": pair([0.5, 1, 2, *n(0, 1, 10)], [0.5, 1, 2, *n(0.5, 1, 10)]),
        "thirteen with ties": pair(rng.integers(0, 3, 13), rng.integers(2, 9, 13)),
        "fourteen with ties": pair(rng.integers(0, 6, 14), rng.integers(1, 8, 14)),
        "twenty": shifted(20, 0.5),
        "twenty-six with zeros": pair(rng.integers(0, 5, 26), rng.integers(0, 6, 26)),
        "forty, far apart": shifted(40, 30),
        "fifty": shifted(50, 0.3),
        "fifty-one": shifted(51, -0.3),
        "hundred and twenty, mostly zeros": pair(np.zeros(120), np.append(np.zeros(90), rng.integers(-2, 4, 30))),
        "three hundred": shifted(300, 0.1),
        "three hundred, far apart": shifted(300, 8),
        "far from zero": pair(1e6 + n(0, 1, 25), 1e6 + n(0.4, 1, 25)),
        "tiny numbers": pair(n(3e-9, 1e-9, 16), n(4e-9, 1e-9, 16), 15),
        "heavy tails": pair(rng.standard_t(1.5, 40), rng.standard_t(1.5, 40) + 1),
        "thousands": shifted(4000, 0.04, 1, 4),
    }


def exact_paired_t(a, b, alternative):
    # The differences as float64 has them: that is what both sides are given to test.
    d = exact(np.subtract(a, b))
    df = len(d) - 1
    t = mean(d) / mp.sqrt(squares(d) / df / len(d))
    return t, symmetric_p(t, lambda x: t_upper(x, df), alternative)


def exact_wilcoxon(a, b, alternative, zeros, method, continuity):
    """By counting signs with whole numbers: ranks doubled, so that the mean of tied ranks is whole."""
    d = [float(v) for v in np.subtract(a, b)]
    none = sum(v == 0 for v in d)
    sizes = [abs(v) for v in d if v or zeros != "wilcox"]
    twice = [2 * sum(u < abs(v) for u in sizes) + sum(u == abs(v) for u in sizes) + 1 for v in d]
    positive = sum(r for r, v in zip(twice, d) if v > 0)
    negative = sum(r for r, v in zip(twice, d) if v < 0)
    if zeros == "zsplit":
        half = sum(r for r, v in zip(twice, d) if v == 0)
        # Doubled ranks, half of them: whole, since the zeros' ranks doubled sum up to n(n + 1).
        positive, negative = positive + half // 2, negative + half // 2
    present = [abs(v) for v in d if v]
    tied = len(set(present)) < len(present)
    if method == "auto":
        method = "asymptotic" if len(d) > 50 else "exact" if not (tied or none) else "signs" if len(d) <= 13 else "asymptotic"
    n = len(sizes)
    if method in ("exact", "signs"):
        if method == "exact":
            ranks, low, high = range(2, 2 * n + 1, 2), 2 * -(-positive // 2), 2 * (positive // 2)
        else:
            ranks = [r for r, v in zip(twice, d) if v]
            low = high = positive - (half // 2 if zeros == "zsplit" else 0)
        counts = [1]
        for r in ranks:
            more = [0] * r + counts
            counts = [c + m for c, m in itertools.zip_longest(counts, more, fillvalue=0)]
        less, greater = Fraction(sum(counts[: low + 1]), sum(counts)), Fraction(sum(counts[high:]), sum(counts))
        p = {"less": less, "greater": greater, "two-sided": min(Fraction(1), 2 * min(less, greater))}[alternative]
        p = mp.mpf(p.numerator) / p.denominator
    else:
        # Mean and variance of a sum of ranks with random signs; with zsplit the zeros' ranks have signs too, at
        # random: that is what its variance stands for.
        moving = [mp.mpf(r) / 2 for r, v in zip(twice, d) if v or zeros == "zsplit"]
        distance = mp.mpf(positive) / 2 - mp.fsum(moving) / 2
        sign = {"two-sided": mp.sign(distance), "greater": 1, "less": -1}[alternative]
        z = (distance - (mp.mpf(sign) / 2 if continuity else 0)) / mp.sqrt(mp.fsum(r * r for r in moving) / 4)
        p = symmetric_p(z, normal_upper, alternative)
    statistic = min(positive, negative) if alternative == "two-sided" else positive
    return mp.mpf(statistic) / 2, p, method


def pairs():
    samples = draw_pairs()
    keep("pairs", samples)

    cases = []
    for name, s in samples.items():
        for alternative in ALTERNATIVES:
            result = stats.ttest_rel(s["a"], s["b"], alternative=alternative)
            cases.append(case((result.statistic, result.pvalue), exact_paired_t(s["a"], s["b"], alternative), sample=name, alternative=alternative))
    write("paired-t", cases)

    cases = []
    for name, s in samples.items():
        count = len(s["a"])
        has_zeros = any(u == v for u, v in zip(s["a"], s["b"]))
        for alternative, zeros in itertools.product(ALTERNATIVES, ("wilcox", "pratt", "zsplit") if has_zeros else ("wilcox",)):
            variants = [("auto", False)]
            variants += [("asymptotic", True), ("asymptotic", False)] if count < 300 else []
            variants += [("exact", False), ("signs", False)] if count <= 300 else []
            for method, continuity in variants:
                truth = exact_wilcoxon(s["a"], s["b"], alternative, zeros, method, continuity)
                about = dict(sample=name, alternative=alternative, zeros=zeros, method=method, continuity=continuity, took=truth[2])
                if method == "signs" and count > 13:
                    # SciPy would draw signs at random here: only the exact value stands.
                    cases.append({**about, "scipy": [None, None], "exact": [float(v) for v in truth[:2]], "scipyDiffers": True})
                    continue
                took = stats.PermutationMethod(n_resamples=2**count) if method == "signs" else method
                result = stats.wilcoxon(s["a"], s["b"], zero_method=zeros, correction=continuity, alternative=alternative, method=took)
                cases.append(case((result.statistic, result.pvalue), truth[:2], **about))
    write("wilcoxon", cases)


PARTS = {"pairs": pairs}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
