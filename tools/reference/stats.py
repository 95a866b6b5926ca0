"""Makes the golden files of packages/stats: SciPy's answers and, beside them, the exact ones.

Each case holds what SciPy computed in float64 (`scipy`) and what mpmath computed from the same numbers with 40
digits (`exact`), so that a test can say who is right where they differ. `scipyDiffers` marks the cases in which
SciPy itself is further than 1e-10 (relative) from the exact value.

    python tools/reference/stats.py        # from the repository's root; takes a few minutes
"""

import itertools
import json
import math
from fractions import Fraction
from pathlib import Path

import mpmath as mp
import numpy as np
import scipy
from scipy import optimize, special, stats
from statsmodels.stats.multitest import multipletests

mp.mp.dps = 40
OUT = Path(__file__).parents[2] / "packages" / "stats" / "test" / "golden"
ALTERNATIVES = ("two-sided", "less", "greater")
CLOSE = 1e-10
CORRECTIONS = {  # ours: statsmodels'
    "bonferroni": "bonferroni",
    "sidak": "sidak",
    "holm": "holm",
    "hochberg": "simes-hochberg",
    "benjamini-hochberg": "fdr_bh",
    "benjamini-yekutieli": "fdr_by",
}


def draw_samples():
    """Pairs of groups, drawn at random and rounded so that the JSON stays small; ties come from coarse rounding."""
    rng = np.random.default_rng(20240611)

    def pair(a, b, digits=6):
        return {"a": [round(float(v), digits) for v in a], "b": [round(float(v), digits) for v in b]}

    n = rng.normal
    return {
        "three values": pair(n(0, 1, 3), n(0.5, 2, 3)),
        "three values, two close": pair([1.0, 1.000001, 7.3], n(0, 1, 3)),
        "three against five": pair(n(0, 1, 3), n(1, 1, 5)),
        "four values": pair(n(0, 1, 4), n(0, 1, 4)),
        "five against nine": pair(n(2, 1, 5), n(0, 3, 9)),
        "eight against twelve": pair(rng.gamma(2, 1, 8), rng.gamma(3, 1, 12)),
        "eleven against twelve": pair(n(0, 1, 11), n(0.3, 1, 12)),
        "twenty each, normal": pair(n(0.2, 0.05, 20), n(0.23, 0.06, 20)),
        "twenty each, skewed": pair(rng.lognormal(0, 1, 20), rng.lognormal(0.8, 1, 20)),
        "unequal sizes and variances": pair(n(0, 1, 14), n(0.5, 4, 61)),
        "ties": pair(rng.integers(0, 6, 18), rng.integers(1, 8, 23)),
        "small with ties": pair(rng.integers(0, 4, 6), rng.integers(1, 5, 7)),
        "one group constant": pair([2.5] * 12, n(2.4, 0.3, 15)),
        "separated": pair(n(0, 1, 30), n(40, 1, 30)),
        "far separated": pair(n(0, 1, 100), n(45, 1, 100)),
        "far separated, small": pair(n(0, 1, 6), n(1e6, 1, 7), 5),
        "far from zero": pair(1e6 + n(0, 1, 25), 1e6 + n(0.4, 1, 27)),
        "tiny numbers": pair(n(3e-9, 1e-9, 16), n(4e-9, 1e-9, 17), 15),
        "heavy tails": pair(rng.standard_t(1.5, 40), rng.standard_t(1.5, 45) + 1),
        "two hundred with an outlier": pair(np.append(n(0, 1, 199), 60), n(0.1, 1, 200)),
        "eight against three hundred": pair(n(1, 1, 8), n(0, 1, 300)),
        "thousands": pair(n(0, 1, 5000), n(0.08, 1.03, 4500), 4),
        "thousands, exponential": pair(rng.exponential(1, 5000), rng.exponential(1.1, 3000), 4),
    }


# --- the same tests with 40 digits ------------------------------------------------------------------------------


def exact(values):
    return [mp.mpf(v) for v in values]


def mean(x):
    return mp.fsum(x) / len(x)


def squares(x):
    center = mean(x)
    return mp.fsum((v - center) ** 2 for v in x)


def normal_upper(z):
    return mp.erfc(z / mp.sqrt(2)) / 2


def normal_quantile(p):
    # Newton's method from SciPy's value: mpmath's own inverse is slow here.
    z = mp.mpf(float(special.ndtri(float(p))))
    for _ in range(3):
        z -= (normal_upper(-z) - p) / (mp.exp(-z * z / 2) / mp.sqrt(2 * mp.pi))
    return z


def beta_tail(x, a, b):
    """Regularized lower incomplete beta, as a series whose terms are all positive (never a difference)."""
    x, a, b = mp.mpf(x), mp.mpf(a), mp.mpf(b)
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_tail(1 - x, b, a)
    term = mp.mpf(1)
    total = term
    k = 0
    while abs(term) > total * mp.mpf(10) ** -38:
        term *= (a + b + k) / (a + 1 + k) * x
        total += term
        k += 1
    return mp.exp(a * mp.log(x) + b * mp.log(1 - x) - mp.log(a) + mp.loggamma(a + b) - mp.loggamma(a) - mp.loggamma(b)) * total


def f_upper(f, df1, df2):
    return beta_tail(df2 / (df2 + df1 * f), mp.mpf(df2) / 2, mp.mpf(df1) / 2)


def t_upper(t, df):
    tail = f_upper(t * t, 1, df) / 2
    return tail if t >= 0 else 1 - tail


def symmetric_p(statistic, upper, alternative):
    if alternative == "two-sided":
        return min(mp.mpf(1), 2 * upper(abs(statistic)))
    return upper(statistic if alternative == "greater" else -statistic)


def exact_shapiro(values):
    y = sorted(exact(values))
    n = len(y)
    center = mean(y)
    if n == 3:
        w = ((y[2] - y[0]) ** 2 / 2) / squares(y)
        return w, 6 / mp.pi * (mp.asin(mp.sqrt(w)) - mp.asin(mp.sqrt(mp.mpf(3) / 4)))
    half = [normal_quantile((i - mp.mpf(3) / 8) / (n + mp.mpf(1) / 4)) for i in range(1, n // 2 + 1)]
    m = half + ([mp.mpf(0)] if n % 2 else []) + [-v for v in reversed(half)]
    mm = mp.fsum(v * v for v in m)
    u = 1 / mp.sqrt(n)

    def poly(text, x):
        return mp.fsum(mp.mpf(c) * x**i for i, c in enumerate(text.split()))

    a = {n - 1: m[-1] / mp.sqrt(mm) + poly("0 0.221157 -0.147981 -2.071190 4.434685 -2.706056", u)}
    if n > 5:
        a[n - 2] = m[-2] / mp.sqrt(mm) + poly("0 0.042981 -0.293762 -1.752461 5.682633 -3.582633", u)
    phi = (mm - 2 * mp.fsum(m[i] ** 2 for i in a)) / (1 - 2 * mp.fsum(v * v for v in a.values()))
    weights = [v / mp.sqrt(phi) for v in m]
    for i, v in a.items():
        weights[i], weights[n - 1 - i] = v, -v
    w = mp.fsum(v * x for v, x in zip(weights, y)) ** 2 / mp.fsum((x - center) ** 2 for x in y)
    if n <= 11:
        mu = poly("0.5440 -0.39978 0.025054 -0.0006714", n)
        sigma = mp.exp(poly("1.3822 -0.77857 0.062767 -0.0020322", n))
        g = -mp.log(mp.mpf("-2.273") + mp.mpf("0.459") * n - mp.log(1 - w))
    else:
        x = mp.log(n)
        mu = poly("-1.5861 -0.31082 -0.083751 0.0038915", x)
        sigma = mp.exp(poly("-0.4803 -0.082676 0.0030302", x))
        g = mp.log(1 - w)
    return w, normal_upper((g - mu) / sigma)


def exact_levene(groups, center):
    deviations = []
    for group in groups:
        y = sorted(exact(group))
        n = len(y)
        cut = int(0.05 * n)
        middle = {
            "mean": lambda: mean(y),
            "median": lambda: (y[(n - 1) // 2] + y[n // 2]) / 2,
            "trimmed": lambda: mean(y[cut : n - cut]),
        }[center]()
        deviations.append([abs(v - middle) for v in y])
    count = sum(map(len, deviations))
    k = len(deviations)
    grand = mp.fsum(itertools.chain(*deviations)) / count
    between = mp.fsum(len(d) * (mean(d) - grand) ** 2 for d in deviations)
    within = mp.fsum(map(squares, deviations))
    w = (count - k) * between / ((k - 1) * within)
    return w, f_upper(w, k - 1, count - k)


def exact_t(a, b, alternative, equal):
    a, b = exact(a), exact(b)
    n, m = len(a), len(b)
    if equal:
        df = mp.mpf(n + m - 2)
        error = mp.sqrt((squares(a) + squares(b)) / df * (mp.mpf(1) / n + mp.mpf(1) / m))
    else:
        u, v = squares(a) / (n - 1) / n, squares(b) / (m - 1) / m
        df = (u + v) ** 2 / (u**2 / (n - 1) + v**2 / (m - 1))
        error = mp.sqrt(u + v)
    t = (mean(a) - mean(b)) / error
    return t, symmetric_p(t, lambda x: t_upper(x, df), alternative)


def exact_u(a, b):
    return sum(Fraction(2 * (x > y) + (x == y), 2) for x in a for y in b)


def exact_mann_whitney(a, b, alternative, method, continuity):
    n, m = len(a), len(b)
    # U by counting pairs; ranks would be quicker but would repeat what is tested.
    ordered = np.sort(b)
    u = Fraction(int(np.searchsorted(ordered, a, "left").sum() + np.searchsorted(ordered, a, "right").sum()), 2)
    if n * m < 10000:
        assert u == exact_u(a, b)
    _, t = np.unique(np.concatenate([a, b]), return_counts=True)
    ties = sum(int(c) ** 3 - int(c) for c in t)
    if method == "auto":
        method = "exact" if min(n, m) <= 8 and not ties else "asymptotic"
    if method == "exact":
        # Arrangements by their U: the value at the end comes from either group (Mann and Whitney's recursion).
        counts = {}
        for i in range(n + 1):
            for j in range(m + 1):
                row = [0] * (i * j + 1)
                if i == 0 or j == 0:
                    row[0] = 1
                else:
                    for k, c in enumerate(counts[i - 1, j]):
                        row[k + j] += c
                    for k, c in enumerate(counts[i, j - 1]):
                        row[k] += c
                counts[i, j] = row
            for j in range(m + 1):
                counts.pop((i - 1, j), None)
        row = counts[n, m]
        upper = lambda k: Fraction(sum(row[math.floor(k) :]), sum(row))
        p = {
            "two-sided": lambda: min(Fraction(1), 2 * upper(max(u, n * m - u))),
            "greater": lambda: upper(u),
            "less": lambda: upper(n * m - u),
        }[alternative]()
        return mp.mpf(u.numerator) / u.denominator, mp.mpf(p.numerator) / p.denominator, method
    count = n + m
    sd = mp.sqrt(mp.mpf(n * m) / 12 * (count + 1 - mp.mpf(ties) / (count * (count - 1))))
    u = mp.mpf(u.numerator) / u.denominator
    distance = u - mp.mpf(n * m) / 2
    sign = {"two-sided": mp.sign(distance), "greater": 1, "less": -1}[alternative]
    z = (distance - (mp.mpf(sign) / 2 if continuity else 0)) / sd
    return u, symmetric_p(z, normal_upper, alternative), method


def exact_permutation(a, b, alternative):
    """Whole numbers: the decimals are scaled until nothing is rounded, so that ties are ties."""
    pooled = [Fraction(str(v)) for v in [*a, *b]]
    n, m = len(a), len(b)
    total = sum(pooled)
    statistic = lambda s: s / n - (total - s) / m
    observed = statistic(sum(pooled[:n]))
    null = [statistic(sum(c)) for c in itertools.combinations(pooled, n)]
    less = Fraction(sum(v <= observed for v in null), len(null))
    greater = Fraction(sum(v >= observed for v in null), len(null))
    p = {"less": less, "greater": greater, "two-sided": min(Fraction(1), 2 * min(less, greater))}[alternative]
    return float(observed), float(p)


def exact_noncentral_t_cdf(t, df, delta):
    """P(T <= t) as the integral over S, where T = (Z + delta) / S, between the places where the integrand bends."""
    t, delta = mp.mpf(t), mp.mpf(delta)
    log_scale = mp.log(2) + mp.mpf(df) / 2 * mp.log(mp.mpf(df) / 2) - mp.loggamma(mp.mpf(df) / 2)
    f = lambda s: normal_upper(delta - t * s) * mp.exp(log_scale + (df - 1) * mp.log(s) - mp.mpf(df) / 2 * s * s)
    width = 1 / mp.sqrt(2 * mp.mpf(df))
    marks = {mp.mpf(0), mp.mpf(1) + 16 * width}
    for k in range(-14, 15):
        for s in (1 + k * width, (delta + k) / t if t else mp.mpf(1)):
            if 0 < s < 1 + 16 * width:
                marks.add(s)
    return mp.quad(f, sorted(marks))


# --- golden files -----------------------------------------------------------------------------------------------


def case(scipy_values, exact_values, **about):
    scipy_values = [float(v) for v in scipy_values]
    exact_values = [float(v) for v in exact_values]
    entry = {**about, "scipy": scipy_values, "exact": exact_values}
    for ours, truth in zip(scipy_values, exact_values):
        # `not <=` rather than `>`: NaN differs too.
        if not abs(ours - truth) <= CLOSE * abs(truth):
            entry["scipyDiffers"] = True
    entry["scipy"] = [None if math.isnan(v) else v for v in scipy_values]
    return entry


def write(name, cases):
    OUT.mkdir(parents=True, exist_ok=True)
    document = {"scipyVersion": scipy.__version__, "cases": cases}
    text = json.dumps(document, separators=(",", ":"))
    (OUT / f"{name}.json").write_text(text.replace("},{", "},\n{") + "\n")
    differing = [c for c in cases if c.get("scipyDiffers")]
    print(f"{name}: {len(cases)} cases, SciPy differs in {len(differing)}")
    for c in differing:
        print("   ", {k: v for k, v in c.items() if k != "p"})


def seed_rule_cases():
    """Synthetic regions of 20 + 20 scores, as many as it takes to meet each outcome of the three pretests."""
    rng = np.random.default_rng(40)
    kinds = [
        lambda: rng.normal(0.2, 0.05, 20),
        lambda: rng.normal(0.24, 0.05, 20),
        lambda: rng.normal(0.22, 0.12, 20),
        lambda: rng.lognormal(-1.6, 0.7, 20),
        lambda: rng.gamma(2, 0.1, 20),
    ]
    seen = {}
    cases = []
    for first, second in itertools.product(kinds, repeat=2):
        for _ in range(4):
            a, b = ([float(v) for v in np.round(draw(), 4)] for draw in (first, second))
            pretests = [stats.shapiro(a), stats.shapiro(b), stats.levene(a, b)]
            outcome = tuple(bool(r.pvalue > 0.05) for r in pretests)
            if seen.get(outcome, 0) == 2:
                continue
            seen[outcome] = seen.get(outcome, 0) + 1
            chosen = "student" if all(outcome) else "mann-whitney"
            result = stats.ttest_ind(a, b) if all(outcome) else stats.mannwhitneyu(a, b)
            cases.append(
                {
                    "a": a,
                    "b": b,
                    "shapiroWilk": [[float(v) for v in r] for r in pretests[:2]],
                    "levene": [float(v) for v in pretests[2]],
                    "chosen": chosen,
                    "statistic": float(result.statistic),
                    "p": float(result.pvalue),
                }
            )
    assert len(seen) == 8, seen
    corrected = multipletests([c["p"] for c in cases], method="bonferroni")[1]
    for c, p in zip(cases, corrected):
        c["pCorrected"] = float(p)
    return cases


def main():
    samples = draw_samples()
    text = json.dumps(samples, separators=(",", ":")).replace("},", "},\n")
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "samples.json").write_text(text + "\n")
    pairs = {name: (s["a"], s["b"]) for name, s in samples.items()}

    shapiro = []
    for name, pair in pairs.items():
        for which, values in zip("ab", pair):
            if len(set(values)) > 1:
                shapiro.append(case(stats.shapiro(values), exact_shapiro(values), sample=name, group=which))
    write("shapiro-wilk", shapiro)

    levene = []
    for name, (a, b) in pairs.items():
        for center in ("mean", "median", "trimmed"):
            levene.append(case(stats.levene(a, b, center=center), exact_levene([a, b], center), samples=[name], center=center))
    three = ["twenty each, normal", "ties"]
    groups = [g for name in three for g in pairs[name]]
    levene.append(case(stats.levene(*groups), exact_levene(groups, "median"), samples=three, center="median"))
    write("levene", levene)

    for test, equal in (("student", True), ("welch", False)):
        cases = []
        for name, (a, b) in pairs.items():
            for alternative in ALTERNATIVES:
                result = stats.ttest_ind(a, b, equal_var=equal, alternative=alternative)
                cases.append(case(result, exact_t(a, b, alternative, equal), sample=name, alternative=alternative, df=float(result.df)))
        write(test, cases)

    cases = []
    for name, (a, b) in pairs.items():
        size = len(a) * len(b)
        for alternative in ALTERNATIVES:
            variants = [("auto", True)]
            variants += [("asymptotic", True), ("asymptotic", False)] if size < 3000 else []
            variants += [("exact", True)] if size <= 10000 else []
            for method, continuity in variants:
                result = stats.mannwhitneyu(a, b, use_continuity=continuity, alternative=alternative, method=method)
                u, p, took = exact_mann_whitney(a, b, alternative, method, continuity)
                cases.append(case(result, (u, p), sample=name, alternative=alternative, method=method, continuity=continuity, took=took))
    write("mann-whitney", cases)

    cases = []
    difference = lambda x, y, axis: np.mean(x, axis=axis) - np.mean(y, axis=axis)
    for name, (a, b) in pairs.items():
        if math.comb(len(a) + len(b), len(a)) > 9999:
            continue
        for alternative in ALTERNATIVES:
            result = stats.permutation_test((a, b), difference, vectorized=True, n_resamples=9999, alternative=alternative)
            cases.append(case((result.statistic, result.pvalue), exact_permutation(a, b, alternative), sample=name, alternative=alternative))
    write("permutation", cases)

    write("seed-rule", seed_rule_cases())

    rng = np.random.default_rng(7)
    cases = []
    for size in (1, 2, 3, 7, 20, 60):
        p = [float(v) for v in np.round(rng.beta(0.4, 2, size), 8)]
        if size == 7:
            p[3] = p[1]
        if size == 20:
            p[4], p[11], p[17] = 1e-300, 0.0, 1.0
        cases.append({"p": p, **{name: [float(v) for v in multipletests(p, method=method)[1]] for name, method in CORRECTIONS.items()}})
        assert np.allclose(cases[-1]["benjamini-hochberg"], stats.false_discovery_control(p), rtol=1e-12)
    write("corrections", cases)

    cases = []
    for name, (a, b) in pairs.items():
        n, m = len(a), len(b)
        df = n + m - 2
        t, _ = exact_t(a, b, "two-sided", True)
        d = t * mp.sqrt(mp.mpf(1) / n + mp.mpf(1) / m)
        j = mp.exp(mp.loggamma(mp.mpf(df) / 2) - mp.loggamma(mp.mpf(df - 1) / 2)) / mp.sqrt(mp.mpf(df) / 2)
        level = 0.95 if len(cases) % 2 == 0 else 0.9
        width = math.sqrt(1 + float(t) ** 2 / (2 * df))
        limits, truth = [], []
        for p in ((1 + level) / 2, (1 - level) / 2):
            # Secant steps on the 40-digit distribution, from the normal approximation.
            start = float(t) - float(special.ndtri(p)) * width
            g = lambda delta: exact_noncentral_t_cdf(t, df, delta) - p
            root = mp.findroot(g, (start, start + width / 100), tol=1e-40, verify=False)
            assert abs(g(root)) < 1e-20
            truth.append(root)
            # SciPy's distribution is NaN in places, so its root is looked for where the root is.
            low, high = float(root) - width / 10, float(root) + width / 10
            f = lambda delta: float(stats.nct.cdf(float(t), df, delta)) - p
            found = f(low) > 0 > f(high)
            limits.append(optimize.brentq(f, low, high, xtol=1e-300, rtol=1e-15) if found else math.nan)
        per_d = mp.sqrt(mp.mpf(1) / n + mp.mpf(1) / m)
        cases.append(case([float(d), *(v * float(per_d) for v in limits)], [d, *(v * per_d for v in truth)], sample=name, level=level, hedges=float(j)))
    write("effects", cases)

    cases = []
    for t, df, delta in [(0.3, 2, 0.1), (2, 4, 1), (-1.5, 6, 0.7), (0, 9, -1.2), (3.5, 38, 2), (60, 38, 55), (1200, 4, 1500), (500, 9998, 497), (0.01, 9998, 1.9), (40, 9998, 41), (2, 20, -3), (1e5, 11, 9e4)]:
        truth = exact_noncentral_t_cdf(t, df, delta) if t > 0 else (normal_upper(mp.mpf(delta)) if t == 0 else 1 - exact_noncentral_t_cdf(-t, df, -delta))
        cases.append(case([stats.nct.cdf(t, df, delta)], [truth], t=t, df=df, delta=delta))
    write("noncentral-t", cases)

    cases = []
    for df in (1, 1.5, 2, 4, 18, 38.7, 333.3, 9998):
        for t in (1e-8, 0.01, 0.7, 2, 9, 37, 400, 1e5):
            cases.append(case([special.stdtr(df, -t)], [t_upper(mp.mpf(t), mp.mpf(df))], of="student", x=t, df=df))
    for df1, df2 in ((1, 4), (1, 38), (3, 96), (1, 9998), (5, 2000)):
        for f in (1e-9, 0.01, 1, 6, 80, 2000, 1e7):
            cases.append(case([special.fdtrc(df1, df2, f)], [f_upper(mp.mpf(f), df1, df2)], of="f", x=f, df=[df1, df2]))
    for z in (-3, 0, 0.4, 1.96, 7, 20, 36):
        cases.append(case([special.ndtr(-z)], [normal_upper(mp.mpf(z))], of="normal", x=z))
    for p in (1e-300, 1e-20, 1e-9, 0.0001, 0.02, 0.3, 0.6, 0.98, 0.9999):
        cases.append(case([special.ndtri(p)], [normal_quantile(mp.mpf(p))], of="normal-quantile", x=p))
    write("distributions", cases)


if __name__ == "__main__":
    main()
