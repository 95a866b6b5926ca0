"""Makes the golden files of packages/stats for power, equivalence and bootstrap intervals.

As in stats.py, from which the 40-digit functions come, each case holds the reference's float64 answer (`scipy`, here
statsmodels' and pingouin's too) and mpmath's (`exact`), and `scipyDiffers` where the first is further than 1e-10 from
the second.

    python tools/reference/stats_power.py [power|equivalence|...]   # from the repository's root; all without a name
"""

import json
import math
import sys
import warnings

import mpmath as mp
import numpy as np
from pingouin import power_corr
from scipy import integrate, stats
from statsmodels.stats import power as smp
from statsmodels.stats import weightstats as smw
from stats import OUT, case, exact, exact_noncentral_t_cdf, mean, normal_quantile, normal_upper, squares, t_upper, write

ALTERNATIVES = {"two-sided": "two-sided", "greater": "larger", "less": "smaller"}


# --- power ------------------------------------------------------------------------------------------------------


def exact_critical(df, level):
    start = stats.t.isf(float(level), float(df))
    return mp.findroot(lambda t: mp.log(t_upper(t, mp.mpf(df)) / level), (mp.mpf(start), mp.mpf(start) * (1 + mp.mpf(10) ** -6)))


def one_or_two(upwards, effect, alpha, alternative):
    """From the chance to reject upwards at a one-sided level."""
    alpha, effect = mp.mpf(alpha), mp.mpf(effect)
    if alternative == "two-sided":
        return upwards(effect, alpha / 2) + upwards(-effect, alpha / 2)
    return upwards(effect if alternative == "greater" else -effect, alpha)


def noncentral_upwards(per_effect, df):
    def upwards(effect, level):
        t = exact_critical(df, level)
        return 1 - exact_noncentral_t_cdf(t, df, effect * per_effect)

    return upwards


def mann_whitney_upwards(a, b):
    def upwards(effect, level):
        deviation = mp.sqrt(mp.mpf(a) * b * (a + b + 1) / 12)
        return normal_upper((-normal_quantile(level) * deviation - a * b * effect / 2) / deviation)

    return upwards


def pearson_upwards(n):
    """Hotelling's density over r; and beside it Fisher's way: given the first measurement, t is noncentral."""

    def upwards(rho, level):
        t = exact_critical(n - 2, level)
        r = t / mp.sqrt(n - 2 + t * t)
        scale = (n - 2) / mp.sqrt(2 * mp.pi) * mp.gamma(n - 1) / mp.gamma(n - mp.mpf(1) / 2) * (1 - rho * rho) ** (mp.mpf(n - 1) / 2)
        half = mp.mpf(1) / 2
        density = lambda x: scale * (1 - rho * x) ** (mp.mpf(3) / 2 - n) * mp.hyp2f1(half, half, n - half, (1 + rho * x) / 2)
        # Over z = atanh r, where the density is of one width; 1 - r² is 1 / cosh² z.
        over_z = lambda z: density(mp.tanh(z)) / mp.cosh(z) ** (n - 2)
        width = 1 / mp.sqrt(n - 1)
        centre = mp.atanh(rho)
        start = mp.atanh(r)
        marks = [start] + [z for z in (centre + k * width for k in range(-9, 10, 3)) if z > start]
        marks += [marks[-1] + 60 / mp.mpf(n - 2)]
        truth = mp.quad(over_z, marks)
        slope = float(rho / mp.sqrt(1 - rho * rho))
        f = lambda s: stats.nct.sf(float(t), n - 2, slope * s) * stats.chi.pdf(s, n - 1)
        m = math.sqrt(n - 1)
        other = integrate.quad(f, max(0, m - 7), m + 9, epsabs=1e-12, epsrel=1e-10, limit=400, points=[m])[0]
        assert abs(other - truth) < 1e-8, (n, rho, level, other, truth)
        return truth

    return upwards


def spearman_upwards(n):
    def upwards(rho, level):
        t = exact_critical(n - 2, level)
        z = mp.asinh(t / mp.sqrt(n - 2))
        return normal_upper((z - mp.atanh(rho)) / mp.sqrt((1 + rho * rho / 2) / (n - 3)))

    return upwards


def fisher_upwards(n):
    def upwards(rho, level):
        t = exact_critical(n - 2, level)
        z = mp.asinh(t / mp.sqrt(n - 2))
        return normal_upper((z - mp.atanh(rho) - rho / (2 * (n - 1))) * mp.sqrt(n - 3))

    return upwards


def power():
    mp.mp.dps = 20  # The quadratures take minutes with more.
    rng = np.random.default_rng(62)
    cases = []
    settings = [(0.05, "two-sided"), (0.05, "greater"), (0.01, "two-sided"), (0.001, "less"), (0.05, "less"), (1e-6, "two-sided")]

    def effect_for(size, i):
        drawn = round(float(rng.normal(0, 3.2)) / math.sqrt(size), 4)
        return 0.0 if i % 9 == 4 else drawn

    two = [(2, 2), (3, 2), (5, 5), (4, 9), (10, 10), (20, 20), (20, 35), (7, 180), (64, 64), (250, 100), (900, 900)]
    for i, (a, b) in enumerate(two * 2):
        alpha, alternative = settings[i % len(settings)] if i < len(two) else settings[(i + 3) % len(settings)]
        d = effect_for(a * b / (a + b), i)
        theirs = smp.TTestIndPower().power(d, a, alpha, ratio=b / a, alternative=ALTERNATIVES[alternative])
        truth = one_or_two(noncentral_upwards(mp.sqrt(mp.mpf(a) * b / (a + b)), a + b - 2), d, alpha, alternative)
        cases.append(case([theirs], [truth], of="student", effect=d, n=[a, b], alpha=alpha, alternative=alternative))
        r = math.tanh(d)
        truth = one_or_two(mann_whitney_upwards(a, b), r, alpha, alternative)
        print("pair", a, b, flush=True)
        cases.append(case([float(truth)], [truth], of="mann-whitney", effect=r, n=[a, b], alpha=alpha, alternative=alternative))
    for i, n in enumerate([2, 3, 4, 6, 10, 20, 33, 64, 200, 1000, 5, 12, 40]):
        alpha, alternative = settings[i % len(settings)]
        d = effect_for(n, i)
        theirs = smp.TTestPower().power(d, n, alpha, alternative=ALTERNATIVES[alternative])
        truth = one_or_two(noncentral_upwards(mp.sqrt(n), n - 1), d, alpha, alternative)
        cases.append(case([theirs], [truth], of="paired-t", effect=d, n=n, alpha=alpha, alternative=alternative))
    for i, n in enumerate([3, 4, 5, 6, 8, 10, 16, 20, 25, 40, 80, 200, 1000, 20000, 7, 12]):
        alpha, alternative = settings[i % len(settings)]
        rho = math.tanh(effect_for(n, i)) if n != 25 else 0.99
        if n >= 5:
            # pingouin takes the absolute r where the test is two-sided: nothing changes.
            theirs = power_corr(r=rho, n=n, alpha=alpha, alternative=alternative)
            truth = one_or_two(fisher_upwards(n), rho, alpha, alternative)
            cases.append(case([theirs], [truth], of="fisher-z", effect=rho, n=n, alpha=alpha, alternative=alternative))
        if n >= 4:
            truth = one_or_two(spearman_upwards(n), rho, alpha, alternative)
            cases.append(case([float(truth)], [truth], of="spearman", effect=rho, n=n, alpha=alpha, alternative=alternative))
        if n <= 200:
            truth = one_or_two(pearson_upwards(n), rho, alpha, alternative)
            cases.append(case([float(truth)], [truth], of="pearson", effect=rho, n=n, alpha=alpha, alternative=alternative))
            print("pearson", n, rho, float(truth), "pingouin", float(power_corr(r=rho, n=n, alpha=alpha, alternative=alternative)) if n >= 5 else "", flush=True)
    mp.mp.dps = 40
    write("power", cases)


def inverse():
    """Sample sizes and effects that statsmodels and pingouin solve for, and the exact effects.

    statsmodels stops 1e-9 to 4e-6 away; at a power of 0.99 its effects are 8 and 11 % low (its own power there is 0.96),
    since its noncentral t is NaN further up.
    """
    mp.mp.dps = 20
    cases = []

    def add(upwards, theirs, **about):
        power_, alpha, alternative = about["power"], about["alpha"], about["alternative"]
        # From the size that has been found for this effect, where the root is near.
        start = mp.mpf(about["effect"])
        print("inverse of", about, flush=True)
        truth = mp.findroot(lambda e: one_or_two(upwards, e, alpha, alternative) - power_, (start, start * mp.mpf("0.999")), tol=1e-16)
        cases.append(case([theirs], [truth], **about))

    for d, power_, alpha, alternative, ratio in [
        (0.5, 0.8, 0.05, "two-sided", 1),
        (0.25, 0.9, 0.05, "greater", 1),
        (-0.8, 0.95, 0.01, "less", 1),
        (1.3, 0.99, 0.001, "two-sided", 1),
        (0.5, 0.8, 0.05, "two-sided", 2),
        (0.35, 0.85, 0.05, "two-sided", 1.5),
        (0.3, 0.8, 0.05, "two-sided", 1),
    ]:
        tested = smp.TTestIndPower()
        theirs = dict(alpha=alpha, alternative=ALTERNATIVES[alternative])
        at = lambda a: tested.power(d, a, ratio=math.ceil(round(a * ratio, 9)) / a, **theirs)
        # Whole numbers, from statsmodels' real one.
        a = max(2, math.ceil(tested.solve_power(d, power=power_, ratio=ratio, **theirs)) - 3)
        while at(a) < power_:
            a += 1
        b = math.ceil(round(a * ratio, 9))
        effect = tested.solve_power(nobs1=a, power=power_, ratio=b / a, **theirs)
        add(noncentral_upwards(mp.sqrt(mp.mpf(a) * b / (a + b)), a + b - 2), effect, of="student", effect=d, n=[a, b], power=power_, alpha=alpha, alternative=alternative, ratio=ratio)
        tested = smp.TTestPower()
        n = math.ceil(tested.solve_power(d, power=power_, **theirs))
        effect = tested.solve_power(nobs=n, power=power_, **theirs)
        if ratio == 1:
            add(noncentral_upwards(mp.sqrt(n), n - 1), effect, of="paired-t", effect=d, n=n, power=power_, alpha=alpha, alternative=alternative)
    for r, power_, alpha, alternative in [(0.5, 0.8, 0.05, "two-sided"), (0.3, 0.9, 0.01, "greater"), (0.1, 0.8, 0.05, "two-sided"), (0.9, 0.95, 0.001, "two-sided")]:
        n = math.ceil(power_corr(r=r, power=power_, alpha=alpha, alternative=alternative))
        effect = power_corr(n=n, power=power_, alpha=alpha, alternative=alternative)
        add(fisher_upwards(n), effect, of="fisher-z", effect=r, n=n, power=power_, alpha=alpha, alternative=alternative)
    mp.mp.dps = 40
    write("power-inverse", cases)


# --- equivalence ------------------------------------------------------------------------------------------------


def exact_equivalence(m, error, df, low, high):
    t_low, t_high = (m - low) / error, (m - high) / error
    p_low, p_high = t_upper(t_low, df), t_upper(-t_high, df)
    reach = exact_critical(df, mp.mpf("0.05")) * error
    return [max(p_low, p_high), t_low, p_low, t_high, p_high, m - reach, m + reach]


def equivalence():
    samples = json.loads((OUT / "samples.json").read_text())
    pairs = json.loads((OUT / "pairs.json").read_text())
    cases = []
    for i, (name, s) in enumerate(samples.items()):
        a, b = exact(s["a"]), exact(s["b"])
        n, m = len(a), len(b)
        u, v = squares(a) / (n - 1), squares(b) / (m - 1)
        if u + v == 0:
            continue
        difference = mean(a) - mean(b)
        scale = float(mp.sqrt((u + v) / 2))
        low, high = [(-scale, scale), (-0.3 * scale, 2.5 * scale), (float(difference) - 4 * scale, float(difference) + 0.5 * scale)][i % 3]
        x, y = np.array(s["a"], float), np.array(s["b"], float)
        for test, usevar in (("student", "pooled"), ("welch", "unequal")):
            if test == "student":
                df = mp.mpf(n + m - 2)
                error = mp.sqrt((squares(a) + squares(b)) / df * (mp.mpf(1) / n + mp.mpf(1) / m))
            else:
                error = mp.sqrt(u / n + v / m)
                df = (u / n + v / m) ** 2 / ((u / n) ** 2 / (n - 1) + (v / m) ** 2 / (m - 1))
            p, first, second = smw.ttost_ind(x, y, low, high, usevar=usevar)
            interval = smw.CompareMeans(smw.DescrStatsW(x), smw.DescrStatsW(y)).tconfint_diff(0.1, usevar=usevar)
            truth = exact_equivalence(difference, error, df, mp.mpf(low), mp.mpf(high))
            cases.append(case([p, first[0], first[1], second[0], second[1], *interval], truth, sample=name, test=test, bounds=[low, high]))
    for i, (name, s) in enumerate(pairs.items()):
        x, y = np.array(s["a"], float), np.array(s["b"], float)
        d = exact(x - y)
        if squares(d) == 0:
            continue
        scale = math.sqrt(float(squares(d)) / (len(d) - 1))
        low, high = [(-scale, scale), (-0.3 * scale, 2.5 * scale), (float(mean(d)) - scale, float(mean(d)) + 0.2 * scale)][i % 3]
        df = mp.mpf(len(d) - 1)
        error = mp.sqrt(squares(d) / df / len(d))
        p, first, second = smw.ttost_paired(x, y, low, high)
        interval = smw.DescrStatsW(x - y).tconfint_mean(0.1)
        truth = exact_equivalence(mean(d), error, df, mp.mpf(low), mp.mpf(high))
        cases.append(case([p, first[0], first[1], second[0], second[1], *interval], truth, sample=name, test="paired", bounds=[low, high]))
    write("equivalence", cases)


# --- bootstrap --------------------------------------------------------------------------------------------------


def bootstrap():
    """SciPy's intervals with the indices that it drew, so that others can take the same draws."""
    rng = np.random.default_rng(63)
    quotient = lambda a, b, axis=-1: np.mean(a, axis=axis) / np.mean(b, axis=axis)

    def correlation(a, b, axis=-1):
        a, b = a - np.mean(a, axis=axis, keepdims=True), b - np.mean(b, axis=axis, keepdims=True)
        return np.sum(a * b, axis=axis) / np.sqrt(np.sum(a * a, axis=axis) * np.sum(b * b, axis=axis))

    statistics = {
        "mean": (lambda a, axis=-1: np.mean(a, axis=axis), 1),
        "variance": (lambda a, axis=-1: np.var(a, axis=axis, ddof=1), 1),
        "quotient of means": (quotient, 2),
        "correlation": (correlation, 2),
    }
    draws_of = {"normal": lambda n: rng.normal(3, 1, n), "skewed": lambda n: rng.lognormal(0, 0.8, n)}
    cases = []
    for name, (statistic, count) in statistics.items():
        for kind, n, m in [("normal", 8, 11), ("skewed", 15, 9)]:
            paired = name == "correlation"
            data = [draws_of[kind](n)]
            if count == 2:
                data.append(data[0] + rng.normal(0, 1, n) if paired else draws_of[kind](m))
            seen = []

            def spied(*samples, axis=-1):
                seen.append([np.array(s) for s in samples])
                # A draw may be the whole sample in another order, whose sums round differently; SciPy would then not
                # see the tie with the observed statistic. In one order, they are equal.
                orders = [np.argsort(samples[0 if paired else i], axis=-1) for i in range(count)]
                return statistic(*(np.take_along_axis(s, o, -1) for s, o in zip(samples, orders)), axis=axis)

            resamples = 200
            results = {}
            for method in ("percentile", "basic", "bca"):
                seen.clear()
                found = stats.bootstrap(data, spied, n_resamples=resamples, method=method, paired=paired, vectorized=True, rng=np.random.default_rng(64), confidence_level=0.9)
                results[method] = [float(v) for v in found.confidence_interval]
                results["standardError"] = float(found.standard_error)
                drawn = next(s for s in seen if s[0].ndim == 2 and s[0].shape[0] == resamples)
                indices = [[[int(np.where(original == v)[0][0]) for v in row] for row in values] for original, values in zip(data, drawn)]
                if paired:
                    assert indices[0] == indices[1]
                results["indices"] = indices[:1] if paired else indices
            cases.append({"statistic": name, "kind": kind, "paired": paired, "data": [[float(v) for v in s] for s in data], "level": 0.9, **results})
    text = json.dumps({"cases": cases}, separators=(",", ":"))
    (OUT / "bootstrap.json").write_text(text.replace("},{", "},\n{") + "\n")
    print(f"bootstrap: {len(cases)} cases")


PARTS = {"power": power, "inverse": inverse, "equivalence": equivalence, "bootstrap": bootstrap}

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()
