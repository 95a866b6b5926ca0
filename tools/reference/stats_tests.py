"""Makes more golden files of packages/stats: tests of pairs and of several groups, correlations, their effects.

As in stats.py, from which the 40-digit functions come, each case holds the reference's float64 answer (`scipy`) and
mpmath's (`exact`), and `scipyDiffers` where the first is further than 1e-10 from the second.

    python tools/reference/stats_tests.py [pairs|groups|...]   # from the repository's root; all without a name
"""

import functools
import itertools
import json
import math
import sys
from fractions import Fraction

import mpmath as mp
import numpy as np
import pandas as pd
import pingouin as pg
from scikit_posthocs import posthoc_dunn
from scipy import special, stats
from stats import ALTERNATIVES, OUT, case, draw_samples, exact, f_upper, mean, normal_quantile, normal_upper, squares, symmetric_p, t_upper, write


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


# --- several groups ---------------------------------------------------------------------------------------------


def draw_groups():
    rng = np.random.default_rng(62)
    n = rng.normal

    def normal(sizes, means, spreads=None, digits=6):
        spreads = spreads or [1] * len(sizes)
        return [rounded(n(m, s, size), digits) for size, m, s in zip(sizes, means, spreads)]

    return {
        "three of two": normal([2, 2, 2], [0, 1, 2]),
        "one of one": normal([1, 3, 4], [0, 1, 1]),
        "two groups": normal([7, 9], [0, 1]),
        "three of five": normal([5, 5, 5], [0, 0.3, 1.5]),
        "four unequal": normal([6, 11, 19, 8], [0, 1, 0.5, 2], [1, 2, 0.5, 3]),
        "ties": [rounded(rng.integers(low, low + 5, size)) for low, size in ((0, 9), (1, 12), (2, 7))],
        "mostly ties": [rounded(rng.integers(0, 2, size)) for size in (14, 15, 16)],
        "twelve groups": normal([5] * 12, rng.normal(0, 1, 12)),
        "forty each": normal([40] * 5, [0, 0.1, 0.2, 0.9, 0]),
        "far apart": normal([12, 13, 14], [0, 6, 8]),
        "very far apart": normal([60, 60, 60], [0, 20, 60]),
        "far from zero": normal([9, 10, 11], [1e6, 1e6, 1e6 + 2]),
        "tiny numbers": normal([8, 8, 8], [3e-9, 4e-9, 4e-9], [1e-9] * 3, 15),
        "all alike": normal([20, 20, 20, 20], [0, 0, 0, 0]),
        "unequal variances": normal([10, 20, 40], [0, 0.5, 3], [5, 1, 0.1]),
        "thousands": normal([2000, 1500, 1000], [0, 0.05, 0.1], None, 3),
    }


def exact_anova(groups):
    groups = [exact(g) for g in groups]
    count = sum(map(len, groups))
    df = (len(groups) - 1, count - len(groups))
    grand = mp.fsum(itertools.chain(*groups)) / count
    between = mp.fsum(len(g) * (mean(g) - grand) ** 2 for g in groups)
    within = mp.fsum(map(squares, groups))
    f = between / df[0] / (within / df[1])
    return f, f_upper(f, *df), between, within


def exact_welch_anova(groups):
    groups = [exact(g) for g in groups]
    k = len(groups)
    w = [len(g) * (len(g) - 1) / squares(g) for g in groups]
    total = mp.fsum(w)
    grand = mp.fsum(u * mean(g) for u, g in zip(w, groups)) / total
    spread = mp.fsum((1 - u / total) ** 2 / (len(g) - 1) for u, g in zip(w, groups))
    f = mp.fsum(u * (mean(g) - grand) ** 2 for u, g in zip(w, groups)) / (k - 1) / (1 + 2 * mp.mpf(k - 2) / (k * k - 1) * spread)
    df = mp.mpf(k * k - 1) / 3 / spread
    return f, f_upper(f, k - 1, df), df


def exact_ranks(groups):
    """Mean ranks and the variance of a rank, with whole numbers: ranks doubled."""
    pooled = sorted(itertools.chain(*groups))
    first = {v: i for i, v in reversed(list(enumerate(pooled)))}
    count = {v: len(list(g)) for v, g in itertools.groupby(pooled)}
    twice = {v: 2 * first[v] + count[v] + 1 for v in first}
    middle = len(pooled) + 1
    variance = Fraction(sum((twice[v] - middle) ** 2 for v in pooled), 4 * (len(pooled) - 1))
    means = [Fraction(sum(twice[v] for v in g), 2 * len(g)) for g in groups]
    return means, variance, Fraction(middle, 2)


def real(fraction):
    return mp.mpf(fraction.numerator) / fraction.denominator


def chi_square_upper(x, df):
    return mp.gammainc(mp.mpf(df) / 2, mp.mpf(x) / 2, mp.inf, regularized=True)


def exact_kruskal(groups):
    means, variance, middle = exact_ranks(groups)
    h = real(sum(len(g) * (m - middle) ** 2 for g, m in zip(groups, means)) / variance)
    return h, chi_square_upper(h, len(groups) - 1)


def exact_dunn(groups):
    means, variance, _ = exact_ranks(groups)
    for a, b in itertools.combinations(range(len(groups)), 2):
        error = variance * (Fraction(1, len(groups[a])) + Fraction(1, len(groups[b])))
        z = real(means[a] - means[b]) / mp.sqrt(real(error))
        yield z, 2 * normal_upper(abs(z))


# Nodes of Gauss-Legendre quadrature with all digits.
def legendre(n):
    nodes = []
    for x in np.polynomial.legendre.leggauss(n)[0]:
        x = mp.mpf(float(x))
        for _ in range(3):
            p0, p1 = mp.mpf(1), x
            for k in range(2, n + 1):
                p0, p1 = p1, ((2 * k - 1) * x * p1 - (k - 1) * p0) / k
            slope = n * (x * p1 - p0) / (x * x - 1)
            x -= p1 / slope
        nodes.append((x, 2 / ((1 - x * x) * slope**2)))
    return nodes


NODES = legendre(24)


def panels(f, marks):
    total = mp.mpf(0)
    for low, high in zip(marks, marks[1:]):
        half, middle = (high - low) / 2, (high + low) / 2
        total += half * mp.fsum(w * f(middle + half * x) for x, w in NODES)
    return total


@functools.cache
def range_lower(k):
    """P(R <= w) of the range of k normal values, as its interpolant in Chebyshev points of [0, 30]; 1 beyond."""
    phi = lambda z: mp.exp(-z * z / 2) / mp.sqrt(2 * mp.pi)
    marks = [mp.mpf(v) for v in range(-12, 15, 3)]
    inner = lambda w: k * panels(lambda z: phi(z) * (normal_upper(-z) - normal_upper(w - z)) ** (k - 1), marks)
    count = 320
    points = [15 + 15 * mp.cos(mp.pi * i / count) for i in range(count + 1)]
    values = [inner(w) for w in points]
    signs = [(-1) ** i * (mp.mpf(1) / 2 if i in (0, count) else 1) for i in range(count + 1)]

    def lower(w):
        if w >= 30:
            return mp.mpf(1)
        parts = [s / (w - x) for s, x in zip(signs, points)]
        return mp.fdot(parts, values) / mp.fsum(parts)

    return lower


def exact_studentized_range(q, k, df):
    """P(Q > q) from the lower tail of the range, whose loss 40 digits afford; exact by t for two values."""
    q, df = mp.mpf(q), mp.mpf(df)
    if k == 2:
        return 2 * t_upper(q / mp.sqrt(2), df)
    lower = range_lower(k)
    log_scale = mp.log(2) + df / 2 * mp.log(df / 2) - mp.loggamma(df / 2)
    # In u = log s, whose left tail falls as exp(ν u) and whose right one by far faster.
    density = lambda u: mp.exp(log_scale + df * u - df / 2 * mp.exp(2 * u))
    width = 1 / mp.sqrt(2 * df)
    # The product with the tail has its peak before that of the density, as far as q says.
    left = mp.log(1 + q * q / (2 * df)) / 2 + max(70 / df, 13 * width)
    right = mp.log(1 + 14 * width)
    count = int(mp.ceil((left + right) / min(width, mp.mpf(1) / 2)))
    marks = [-left + (left + right) * i / count for i in range(count + 1)]
    return panels(lambda u: density(u) * (1 - lower(q * mp.exp(u))), marks)


def studentized_range():
    cases = []
    wanted = [(0.01, 3, 5), (0.5, 3, 2), (3.5, 3, 20), (2, 10, 1), (37, 5, 1), (4, 20, 1000), (3.3, 4, 12.7), (10, 5, 10), (12, 3, 38), (9, 6, 120), (25, 3, 9), (5, 30, 60)]
    for q, k, df in wanted:
        cases.append(case([stats.studentized_range.sf(q, k, df)], [exact_studentized_range(q, k, df)], q=q, k=k, df=df))
    for q, df in [(0.3, 1), (3, 2.5), (14, 4), (8, 30), (60, 38), (40, 9998)]:
        cases.append(case([stats.studentized_range.sf(q, 2, df)], [exact_studentized_range(q, 2, df)], q=q, k=2, df=df))
    write("studentized-range", cases)


def groups():
    samples = draw_groups()
    keep("several-groups", samples)
    tests, pairs = [], []
    with_dunn = lambda g: posthoc_dunn(g).to_numpy()[np.triu_indices(len(g), 1)]
    for name, g in samples.items():
        f, p, between, within = exact_anova(g)
        tests.append(case(stats.f_oneway(*g), (f, p), sample=name, test="anova"))
        tests.append(case(stats.kruskal(*g), exact_kruskal(g), sample=name, test="kruskal-wallis"))
        if min(map(len, g)) > 1:
            result = stats.f_oneway(*g, equal_var=False)
            tests.append(case(result, exact_welch_anova(g)[:2], sample=name, test="welch-anova"))
        truth = list(exact_dunn(g))
        pairs.append(case(with_dunn(g), [p for _, p in truth], sample=name, test="dunn", statistics=[float(z) for z, _ in truth]))
    write("group-tests", tests)
    write("dunn", pairs)


def post_hoc():
    """Tukey's and Games and Howell's p and intervals. SciPy takes q from them too, where its quadrature is exact."""
    samples = draw_groups()
    cases = []
    for name in ("three of two", "two groups", "three of five", "four unequal", "ties", "far apart", "far from zero", "tiny numbers", "unequal variances"):
        g = samples[name]
        k = len(g)
        count = sum(map(len, g))
        e = [exact(v) for v in g]
        within = mp.fsum(map(squares, e)) / (count - k)
        for test, equal in (("tukey-hsd", True), ("games-howell", False)):
            result = stats.tukey_hsd(*g, equal_var=equal)
            limits = result.confidence_interval(0.95)
            for a, b in itertools.combinations(range(k), 2):
                difference = mean(e[a]) - mean(e[b])
                u, v = (squares(x) / (len(x) - 1) / len(x) for x in (e[a], e[b]))
                if equal:
                    error, df = mp.sqrt(within / 2 * (mp.mpf(1) / len(e[a]) + mp.mpf(1) / len(e[b]))), mp.mpf(count - k)
                else:
                    error, df = mp.sqrt((u + v) / 2), (u + v) ** 2 / (u**2 / (len(e[a]) - 1) + v**2 / (len(e[b]) - 1))
                q = abs(difference) / error
                p = exact_studentized_range(q, k, df)
                if k > 2 and p < mp.mpf(10) ** -20:
                    continue  # The interpolated lower tail no longer has ten digits of it.
                critical = quantile(k, df)
                cases.append(
                    case(
                        [result.statistic[a, b], result.pvalue[a, b], limits.low[a, b], limits.high[a, b]],
                        [difference, p, difference - critical * error, difference + critical * error],
                        sample=name, test=test, pair=[a, b],
                    )
                )
    write("post-hoc", cases)


QUANTILES = {}


def quantile(k, df):
    """The 0.95 quantile: secant steps on the exact tail from SciPy's value."""
    key = (k, mp.nstr(df, 30))
    if key not in QUANTILES:
        low = mp.mpf(float(stats.studentized_range.ppf(0.95, k, float(df))))
        high = low * (1 + mp.mpf(10) ** -6)
        at_low, at_high = (exact_studentized_range(v, k, df) - mp.mpf(5) / 100 for v in (low, high))
        slope = (at_high - at_low) / (high - low)
        q = low - at_low / slope
        # One more step where SciPy's was far.
        if abs(q - low) > low * mp.mpf(10) ** -9:
            q -= (exact_studentized_range(q, k, df) - mp.mpf(5) / 100) / slope
        QUANTILES[key] = q
    return QUANTILES[key]


# --- correlations -----------------------------------------------------------------------------------------------


def draw_variables():
    rng = np.random.default_rng(63)
    n = rng.normal

    def related(count, slope, digits=6):
        x = n(0, 1, count)
        return {"x": rounded(x, digits), "y": rounded(slope * x + n(0, 1, count), digits)}

    def pair(x, y, digits=6):
        return {"x": rounded(x, digits), "y": rounded(y, digits)}

    return {
        "three": related(3, 0.5),
        "four": related(4, -1),
        "six": related(6, 1),
        "seven with ties": pair(rng.integers(0, 4, 7), rng.integers(0, 5, 7)),
        "ten": related(10, -0.4),
        "twenty": related(20, 0.3),
        "ties": pair(rng.integers(0, 5, 30), rng.integers(0, 4, 30)),
        "forty, closely related": related(40, 50),
        "on a line, nearly": pair(np.arange(25), np.arange(25) * 3 + n(0, 1e-4, 25)),
        "hundred, far apart": related(100, -30),
        "far from zero": pair(1e6 + n(0, 1, 25), 1e6 + n(0, 1, 25)),
        "tiny numbers": pair(n(3e-9, 1e-9, 16), n(4e-9, 1e-9, 16), 15),
        "heavy tails": pair(rng.standard_t(1.5, 60), rng.standard_t(1.5, 60)),
        "a curve": pair(np.linspace(-1, 3, 30), np.exp(np.linspace(-1, 3, 30)) + n(0, 1, 30)),
        "thousands": related(3000, 0.03, 4),
    }


def exact_r(x, y):
    u, v = mean(x), mean(y)
    return mp.fsum((a - u) * (b - v) for a, b in zip(x, y)) / mp.sqrt(squares(x) * squares(y))


def exact_correlation(x, y, alternative, variance, level):
    """r, p by t, and Fisher's interval; `variance` of artanh r times n - 3, from r."""
    n = len(x)
    r = exact_r(x, y)
    p = symmetric_p(r * mp.sqrt((n - 2) / (1 - r * r)), lambda t: t_upper(t, n - 2), alternative)
    if n == 3:
        return r, p, mp.mpf(-1), mp.mpf(1)
    width = normal_quantile((1 + mp.mpf(level)) / 2) * mp.sqrt(variance(r) / (n - 3))
    return r, p, mp.tanh(mp.atanh(r) - width), mp.tanh(mp.atanh(r) + width)


def whole_ranks(values):
    return [mp.mpf(2 * sum(u < v for u in values) + sum(u == v for u in values) + 1) / 2 for v in values]


def correlations():
    samples = draw_variables()
    keep("variables", samples)
    of_r, of_ranks, counted = [], [], []
    for name, s in samples.items():
        x, y = s["x"], s["y"]
        ranks = (whole_ranks(x), whole_ranks(y))
        for i, alternative in enumerate(ALTERNATIVES):
            level = (0.95, 0.9, 0.5)[i]
            result = stats.pearsonr(x, y, alternative=alternative)
            # SciPy's interval is one-sided with the alternative; here it never is.
            limits = stats.pearsonr(x, y).confidence_interval(level)
            truth = exact_correlation(exact(x), exact(y), alternative, lambda r: 1, level)
            of_r.append(case([*result, *limits], truth, sample=name, alternative=alternative, level=level))
            if abs(exact_r(*ranks)) == 1:
                continue
            result = stats.spearmanr(x, y, alternative=alternative)
            truth = exact_correlation(*ranks, alternative, lambda r: 1 + r * r / 2, level)
            # SciPy has no interval: the formula, in float64.
            r = float(result.statistic)
            width = special.ndtri((1 + level) / 2) * math.sqrt((1 + r * r / 2) / (len(x) - 3)) if len(x) > 3 else math.inf
            limits = [math.tanh(math.atanh(r) - width), math.tanh(math.atanh(r) + width)]
            of_ranks.append(case([*result, *limits], truth, sample=name, alternative=alternative, level=level))
            if len(x) <= 7:
                result = stats.permutation_test((x,), lambda x: stats.spearmanr(x, y).statistic, permutation_type="pairings", alternative=alternative)
                sums = [sum(a * b for a, b in zip(ranks[0], order)) for order in itertools.permutations(ranks[1])]
                less, greater = (Fraction(sum(c), len(sums)) for c in ([v <= sums[0] for v in sums], [v >= sums[0] for v in sums]))
                p = {"less": less, "greater": greater, "two-sided": min(Fraction(1), 2 * min(less, greater))}[alternative]
                counted.append(case([result.pvalue], [real(p)], sample=name, alternative=alternative))
    write("pearson", of_r)
    write("spearman", of_ranks)
    write("spearman-exact", counted)


# --- effects ----------------------------------------------------------------------------------------------------


def exact_delta(a, b, level):
    """Cliff's delta and its interval, from the whole matrix of dominances."""
    m, n = len(a), len(b)
    matrix = [[Fraction((x > y) - (x < y)) for y in b] for x in a]
    d = sum(map(sum, matrix)) / (m * n)
    rows = sum((sum(row) / n - d) ** 2 for row in matrix)
    columns = sum((sum(column) / m - d) ** 2 for column in zip(*matrix))
    cells = sum((v - d) ** 2 for row in matrix for v in row)
    variance = (n * n * rows + m * m * columns - cells) / (m * n * (m - 1) * (n - 1))
    variance, d = real(max(variance, (1 - d * d) / (m * n - 1))), real(d)
    df = m + n - 2
    t = mp.mpf(float(special.stdtrit(df, (1 + level) / 2)))
    # Secant steps on the exact tail.
    upper = lambda x: t_upper(x, df) - (1 - mp.mpf(level)) / 2
    t = mp.findroot(upper, (t, t * (1 + mp.mpf(10) ** -8)), tol=1e-60, verify=False)
    if abs(d) == 1:
        bound = (min(m, n) - t * t) / (min(m, n) + t * t)
        return (d, bound, d) if d > 0 else (d, d, -bound)
    width = t * mp.sqrt(variance) * mp.sqrt((1 - d * d) ** 2 + t * t * variance)
    below = 1 - d * d + t * t * variance
    return d, max(mp.mpf(-1), (d - d**3 - width) / below), min(mp.mpf(1), (d - d**3 + width) / below)


def exact_matched(a, b, level):
    d = [float(v) for v in np.subtract(a, b) if v]
    ranks = whole_ranks([abs(v) for v in d])
    total = mp.fsum(ranks)
    r = mp.fsum(rank * (1 if v > 0 else -1) for rank, v in zip(ranks, d)) / total
    z = normal_quantile((1 + mp.mpf(level)) / 2)
    if abs(r) == 1:
        bound = (len(d) - z * z) / (len(d) + z * z)
        return (r, bound, r) if r > 0 else (r, r, -bound)
    width = z * mp.sqrt(mp.fsum(rank * rank for rank in ranks)) / total
    return r, mp.tanh(mp.atanh(r) - width), mp.tanh(mp.atanh(r) + width)


def effects():
    """pingouin has the values, nobody in Python the intervals: these are compared with the exact ones only."""
    cases = []
    for i, (name, s) in enumerate(draw_samples().items()):
        if len(s["a"]) * len(s["b"]) > 100000:
            continue
        level = (0.95, 0.9)[i % 2]
        truth = exact_delta(s["a"], s["b"], level)
        delta = float(pg.mwu(s["a"], s["b"])["RBC"].iloc[0])
        cases.append(case([delta, *truth[1:]], truth, sample=name, level=level))
    write("cliffs-delta", cases)

    cases = []
    for i, (name, s) in enumerate(draw_pairs().items()):
        level = (0.95, 0.9)[i % 2]
        truth = exact_matched(s["a"], s["b"], level)
        r = float(pg.wilcoxon(np.array(s["a"]), np.array(s["b"]))["RBC"].iloc[0])
        cases.append(case([r, *truth[1:]], truth, sample=name, level=level))
    write("matched-rank-biserial", cases)

    cases = []
    for name, g in draw_groups().items():
        table = pd.DataFrame({"y": list(itertools.chain(*g)), "group": [i for i, v in enumerate(g) for _ in v]})
        f, _, between, within = exact_anova(g)
        variance = within / (len(table) - len(g))
        truth = (between / (between + within), (between - (len(g) - 1) * variance) / (between + within + variance), exact_kruskal(g)[0] / (len(table) - 1))
        eta = float(pg.anova(table, dv="y", between="group", detailed=True, effsize="n2")["n2"].iloc[0])
        epsilon = stats.kruskal(*g).statistic / (len(table) - 1)
        cases.append(case([eta, truth[1], epsilon], truth, sample=name))
    write("group-effects", cases)


PARTS = {"effects": effects, "correlations": correlations, "pairs": pairs, "groups": groups, "studentized-range": studentized_range, "post-hoc": post_hoc}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
