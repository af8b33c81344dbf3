"""Keyed randomness: each draw has an address (seed, decision, entity, ordinal) and nothing else can shift it.

`uniform` hashes the address; the inverse distribution functions turn one uniform into one value and are monotone in
their parameter, so that a changed parameter moves a draw and never swaps it (common random numbers). Everything here is
compiled once and called by both engines; `uniform_in_plain_python` is the readable twin that tests prove equal.
"""

from __future__ import annotations

import hashlib
import math

import numpy as np

from model.compilation import compiled

_MASK = (1 << 64) - 1
_TWO_TO_MINUS_53 = 2.0**-53

# Decisions: the second part of an address. A new decision gets the next number and never reuses one.
(
    CANDIDATE,
    MARK,
    INTRINSIC_WORK,
    INTRINSIC_MONEY,
    INTRINSIC_HAS_MONEY,
    INTRINSIC_DEPARTMENTS,
    INTRINSIC_DOCUMENTS,
    INTRINSIC_SEVERITY,
    INTRINSIC_SETTLEABLE,
    INTRINSIC_POWER,
    SERVICE_TIME,
    CORRECT_DISPATCH,
    GARBLING,
    REFUSAL,
    QUALITY,
    ATTENDANCE,
    COMMITMENT,
    RESIGNATION,
    CLOSING_DOWN,
    DETECTION,
    CHANNEL_NOISE,
    DAILY_SHOCK,
    WEEKLY_SHOCK,
    TIE,
    INFORMAL_SETTLEMENT,
    VOICE_DECISION,
    PATIENCE,
    SATISFACTION_NOISE,
    RESIDENT_BIAS,
    PETITION,
    HALL_VISIT,
    MISSING_DOCUMENT,
    ON_THE_SPOT,
    WRONG_UNIT,
    RETURN_DELAY,
    REOPENING_DELAY,
    REAL_ANSWER,
    SHARED_LINE_SIZE,
    COFUNDING,
    HIRING,
    POPULATION,
    TIES,
    ROUTING,
    ARRIVAL_TIME,
    RETRIAL,
    QUEUE_PATIENCE,
    ROLL_OUT_ORDER,
    SHUTTLE,
    KEY_PERSON,
    INCUBATION,
    ORGANIZATION_TRAIT,
    PARALLEL_WORK,
    BACKGROUND_ARRIVAL,
    QUOTA_FORWARDED,
    JOINING_DATA,
    TRAVEL,
    ACQUAINTANCE,
    APPROVAL,
    INFORMAL_DELAY,
    FALSE_CLOSURE,
    EMERGENCY_ERROR,
    DEPARTMENT_CHOICE,
    RECORD_CONFLICT,
    INTRINSIC_PUBLIC,
    INTRINSIC_BOUNDARY,
    INTRINSIC_DANGER,
    BACKGROUND_WORK,
    COMMUNITY_MEDIATION,
    SWITCHING_CHANNEL,
    OWNERLESS_ROUND,
    EXPLAINING,
    PLANNING,
    DATA_LEAK,
) = range(73)

WHOLE_STREET = 0  # the entity of draws that concern nobody in particular


def key_of(name: str) -> int:
    """A stable 64-bit key of a name, as a signed integer: entities are addressed by name, never by position."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little", signed=True)


@compiled
def _mix(x: np.uint64) -> np.uint64:
    """The finalizer of SplitMix64 (Steele, Lea & Flood 2014)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@compiled
def _hash(seed: int, decision: int, entity: int, ordinal: int) -> np.uint64:
    golden = np.uint64(0x9E3779B97F4A7C15)
    h = _mix(np.uint64(seed) + golden)
    h = _mix((h ^ np.uint64(decision)) + golden)
    h = _mix((h ^ np.uint64(entity)) + golden)
    return _mix((h ^ np.uint64(ordinal)) + golden)


@compiled
def uniform(seed: int, decision: int, entity: int, ordinal: int) -> float:
    """The uniform at an address, in the open interval (0, 1): never 0, never 1."""
    return (np.float64(_hash(seed, decision, entity, ordinal) >> np.uint64(11)) + 0.5) * _TWO_TO_MINUS_53


@compiled
def uniforms(seed: int, decision: int, entities: np.ndarray, ordinal: int) -> np.ndarray:
    """`uniform` for an array of entities."""
    values = np.empty(entities.shape[0])
    for i in range(entities.shape[0]):
        values[i] = uniform(seed, decision, entities[i], ordinal)
    return values


@compiled
def key(seed: int, decision: int, entity: int, ordinal: int) -> int:
    """A 64-bit key at an address, as int64: the name of something that belongs to `entity`."""
    return np.int64(_hash(seed, decision, entity, ordinal))


@compiled
def tie_key(seed: int, name: int) -> int:
    """44 keyed bits by which requests of one instant are ordered: fair, and the same in both engines."""
    return np.int64(_hash(seed, TIE, name, 0) >> np.uint64(20))


def uniform_in_plain_python(seed: int, decision: int, entity: int, ordinal: int) -> float:
    """What `uniform` computes, in plain integers, to read and to test against."""

    def mix(x: int) -> int:
        x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
        return x ^ (x >> 31)

    golden = 0x9E3779B97F4A7C15
    h = mix((seed + golden) & _MASK)
    for part in (decision, entity, ordinal):
        h = mix(((h ^ (part & _MASK)) + golden) & _MASK)
    return ((h >> 11) + 0.5) * _TWO_TO_MINUS_53


@compiled
def exponential(u: float, mean: float) -> float:
    """Exponential with the given mean."""
    return -mean * math.log1p(-u)


@compiled
def exponentials(uniforms: np.ndarray, mean: float) -> np.ndarray:
    """`exponential` for an array of uniforms."""
    values = np.empty(uniforms.shape[0])
    for i in range(uniforms.shape[0]):
        values[i] = exponential(uniforms[i], mean)
    return values


@compiled
def gumbel(u: float) -> float:
    """Standard Gumbel: noise of a discrete choice (McFadden 1974)."""
    return -math.log(-math.log(u))


@compiled
def logistic_noise(u: float) -> float:
    """Standard logistic."""
    return math.log(u) - math.log1p(-u)


@compiled
def normal(u: float) -> float:
    """Standard normal quantile, algorithm AS 241 (Wichura 1988), to about 1e-16."""
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        numerator = (
            ((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
                + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r
                + 133.14166789178437745) * r + 3.387132872796366608
        )  # fmt: skip
        denominator = (
            ((((((5226.495278852545925 * r + 28729.085735721942674) * r + 39307.89580009271061) * r
                + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r
                + 42.313330701600911252) * r + 1.0
        )  # fmt: skip
        return q * numerator / denominator
    r = math.sqrt(-math.log(min(u, 1.0 - u)))
    if r <= 5.0:
        r -= 1.6
        numerator = (
            ((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
                + 1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r
                + 4.6303378461565452959) * r + 1.42343711074968357734
        )  # fmt: skip
        denominator = (
            ((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r
                + 0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r
                + 2.05319162663775882187) * r + 1.0
        )  # fmt: skip
    else:
        r -= 5.0
        numerator = (
            ((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r
                + 0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r
                + 5.4637849111641143699) * r + 6.6579046435011037772
        )  # fmt: skip
        denominator = (
            ((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r
                + 7.868691311456132591e-4) * r + 0.0148753612908506148525) * r + 0.13692988092273580531) * r
                + 0.59983220655588793769) * r + 1.0
        )  # fmt: skip
    value = numerator / denominator
    return -value if q < 0.0 else value


@compiled
def lognormal(u: float, mean: float, cv2: float) -> float:
    """Lognormal with the given mean and squared coefficient of variation."""
    variance = math.log1p(cv2)
    return mean * math.exp(math.sqrt(variance) * normal(u) - 0.5 * variance)


@compiled
def lognormal_median(u: float, median: float, log_sd: float) -> float:
    """Lognormal with the given median and standard deviation of the logarithm."""
    return median * math.exp(log_sd * normal(u))


@compiled
def _regularized_gamma(shape: float, x: float) -> float:
    """P(shape, x), by its series below the mean and its continued fraction above (Numerical Recipes 6.2)."""
    if x <= 0.0:
        return 0.0
    front = math.exp(-x + shape * math.log(x) - math.lgamma(shape))
    if x < shape + 1.0:
        term = 1.0 / shape
        total = term
        a = shape
        for _ in range(1000):
            a += 1.0
            term *= x / a
            total += term
            if term < total * 1e-16:
                break
        return total * front
    b = x + 1.0 - shape
    c = 1e300
    d = 1.0 / b
    h = d
    for i in range(1, 1000):
        an = -i * (i - shape)
        b += 2.0
        d = an * d + b
        d = 1.0 / (d if abs(d) > 1e-300 else 1e-300)
        c = b + an / c
        c = c if abs(c) > 1e-300 else 1e-300
        step = d * c
        h *= step
        if abs(step - 1.0) < 1e-15:
            break
    return 1.0 - front * h


@compiled
def gamma(u: float, mean: float, cv2: float) -> float:
    """Gamma with the given mean and squared coefficient of variation: inverse of P by safeguarded Newton steps."""
    shape = 1.0 / cv2
    t = 1.0 - cv2 / 9.0 + normal(u) * math.sqrt(cv2) / 3.0
    x = shape * t * t * t if t > 0.0 else 0.0
    if x <= 0.0:
        x = math.exp((math.log(u) + math.lgamma(shape + 1.0)) / shape)
    low, high = 0.0, math.inf
    for _ in range(60):
        if x <= 0.0:
            return 0.0
        error = _regularized_gamma(shape, x) - u
        if error > 0.0:
            high = x
        else:
            low = x
        density = math.exp((shape - 1.0) * math.log(x) - x - math.lgamma(shape))
        step = error / density if density > 1e-300 else 0.0
        new = x - step
        if new <= low or new >= high or density <= 1e-300:
            new = 0.5 * (low + high) if high < math.inf else 2.0 * x
        if abs(new - x) <= 1e-14 * x:
            x = new
            break
        x = new
    return x * mean * cv2


@compiled
def hyperexponential(u: float, mean: float, cv2: float) -> float:
    """Two exponentials with balanced means; the one uniform picks the branch and, stretched, the value."""
    p = 0.5 * (1.0 + math.sqrt((cv2 - 1.0) / (cv2 + 1.0)))
    if u < p:
        return exponential(u / p, mean / (2.0 * p))
    return exponential((u - p) / (1.0 - p), mean / (2.0 * (1.0 - p)))


# Laws of the stations of a bare network.
LAW_NAMES = ("exponential", "deterministic", "erlang", "gamma", "lognormal", "hyperexponential")
EXPONENTIAL, DETERMINISTIC, ERLANG, GAMMA, LOGNORMAL, HYPEREXPONENTIAL = range(6)


@compiled
def from_law(law: int, mean: float, cv2: float, u: float) -> float:
    """One value of a named law from one uniform."""
    if law == EXPONENTIAL:
        return exponential(u, mean)
    if law == DETERMINISTIC or cv2 == 0.0:
        return mean
    if law == LOGNORMAL:
        return lognormal(u, mean, cv2)
    if law == HYPEREXPONENTIAL:
        return hyperexponential(u, mean, cv2) if cv2 > 1.0 else exponential(u, mean)
    return gamma(u, mean, cv2)
