"""Network files: what is read, what flows, and every refusal with the words a user needs."""

from __future__ import annotations

import copy
import tomllib

import pytest

from model.errors import (
    ContradictionError,
    InputFileError,
    JiedaoError,
    UnknownNameError,
    ValueOutOfRangeError,
)
from model.network import Fork, Law, Network
from scenarios.network_file import load_network, network_of
from scenarios.network_flows import solve_traffic

BASE = """
[network]
horizon = 2000.0
warmup = 100.0
replications = 5
seed = 3

[[station]]
name = "desk"
servers = 3
discipline = "fcfs"
service = {law = "exponential", mean = 1.0}

[[station]]
name = "back"
servers = 1
discipline = "priority"
service = {law = "erlang", mean = 0.5, cv2 = 0.5}

[[class]]
name = "a"
priority = 1
entry = "desk"
arrival = {law = "exponential", rate = 1.5}

[routing.a]
desk = {back = 0.3, desk = 0.1}

[[fork]]
at = "split"
branches = ["desk", "back"]
then = "exit"
"""
RETRY = "retry = {probability = 0.5, delay = {law = 'exponential', mean = 2.0}}\n[routing.a]"


@pytest.fixture
def load(tmp_path):
    """Write a text to a file and load it."""

    def write_and_load(text: str) -> Network:
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return load_network(path)

    return write_and_load


def test_a_file_becomes_the_network_it_describes(load):
    """Every key lands where it belongs; a rate becomes a mean; a byte-order mark does no harm."""
    network = load("\ufeff" + BASE.replace("[routing.a]", RETRY).replace("servers = 3", "servers = 3\ncapacity = 8"))
    desk, back = network.stations
    assert (desk.name, desk.servers, desk.capacity, desk.patience) == ("desk", 3, 8, None)
    assert (back.discipline, back.service, back.service.stages) == ("priority", Law("erlang", 0.5, 0.5), 2)
    (only,) = network.classes
    assert only.arrival.mean == pytest.approx(1.0 / 1.5)
    assert (only.retry_probability, only.retry_delay) == (0.5, Law("exponential", 2.0))
    assert network.routing == {"a": {"desk": {"back": 0.3, "desk": 0.1}}}
    assert network.forks == (Fork("split", ("desk", "back"), "exit"),)
    assert (network.horizon, network.warmup, network.replications, network.seed) == (2000.0, 100.0, 5, 3)


REFUSALS = {
    # name: (old text, new text, kind of error, words the message must hold)
    "broken TOML": ("[network]", "[network", InputFileError, ["line 2"]),
    "unknown table": ("[[station]]", "[[stations]]", UnknownNameError, ["'stations'", "station"]),
    "unknown key": (
        "servers = 3",
        "sevrers = 3",
        UnknownNameError,
        ["station 'desk'", "'sevrers'", "servers"],
    ),
    "unknown law key": ("mean = 1.0", "mean = 1.0, sd = 1", UnknownNameError, ["'desk' service", "'sd'"]),
    "missing key": ("servers = 3\n", "", InputFileError, ["station 'desk'", "'servers' is missing"]),
    "zero servers": ("servers = 3", "servers = 0", ValueOutOfRangeError, ["servers: found 0", "from 1"]),
    "broken server": ("servers = 3", "servers = 2.5", ValueOutOfRangeError, ["found 2.5", "whole number"]),
    "true servers": ("servers = 3", "servers = true", ValueOutOfRangeError, ["found true", "whole number"]),
    "text for a number": ("rate = 1.5", "rate = '1.5'", ValueOutOfRangeError, ["arrival.rate: found '1.5'"]),
    "negative rate": ("rate = 1.5", "rate = -1.5", ValueOutOfRangeError, ["'a' arrival.rate: found -1.5"]),
    "zero rate": ("rate = 1.5", "rate = 0", ValueOutOfRangeError, ["arrival.rate: found 0"]),
    "NaN mean": ("mean = 1.0", "mean = nan", ValueOutOfRangeError, ["service.mean: found nan"]),
    "infinite mean": ("mean = 1.0", "mean = inf", ValueOutOfRangeError, ["service.mean: found inf"]),
    "endless digits": ("mean = 1.0", f"mean = {'9' * 5000}", InputFileError, ["digits"]),
    "unknown law": ("'exponential'", "'exponental'", UnknownNameError, ["'exponental'", "exponential"]),
    "cv2 of exponential": (
        "mean = 1.0",
        "mean = 1.0, cv2 = 2",
        ValueOutOfRangeError,
        ["service.cv2: found 2"],
    ),
    "erlang without cv2": (", cv2 = 0.5", "", InputFileError, ["'back' service", "'cv2' is missing"]),
    "erlang in part": ("cv2 = 0.5", "cv2 = 0.4", ValueOutOfRangeError, ["found 0.4", "gamma"]),
    "erlang above 1": ("cv2 = 0.5", "cv2 = 2.0", ValueOutOfRangeError, ["found 2", "whole number of stages"]),
    "hyperexponential of 1": (
        "'erlang', mean = 0.5, cv2 = 0.5",
        "'hyperexponential', mean = 0.5, cv2 = 1.0",
        ValueOutOfRangeError,
        ["found 1.0", "above 1"],
    ),
    "wrong discipline": ("'fcfs'", "'fifo'", UnknownNameError, ["'fifo'", "fcfs"]),
    "capacity below servers": (
        "servers = 3",
        "servers = 3\ncapacity = 2",
        ValueOutOfRangeError,
        ["capacity: found 2", "from 3"],
    ),
    "probability above 1": (
        "back = 0.3",
        "back = 1.3",
        ValueOutOfRangeError,
        ["routing.a desk.back: found 1.3"],
    ),
    "negative probability": ("back = 0.3", "back = -0.3", ValueOutOfRangeError, ["found -0.3"]),
    "row above 1": ("back = 0.3", "back = 0.95", ValueOutOfRangeError, ["routing.a desk", "sum to 1.05"]),
    "routing to nowhere": ("back = 0.3", "bakc = 0.3", UnknownNameError, ["'bakc'", "back"]),
    "routing from nowhere": ("desk = {", "dusk = {", UnknownNameError, ["'dusk'", "desk"]),
    "routing of nobody": ("[routing.a]", "[routing.b]", UnknownNameError, ["class 'b'"]),
    "unknown entry": (
        "entry = 'desk'",
        "entry = 'disk'",
        UnknownNameError,
        ["class 'a' entry", "'disk'", "desk"],
    ),
    "unknown branch": (
        "['desk', 'back']",
        "['desk', 'bank']",
        UnknownNameError,
        ["'split' branches", "'bank'"],
    ),
    "no branches": ("['desk', 'back']", "[]", ValueOutOfRangeError, ["'split' branches: found []"]),
    "unknown then": ("then = 'exit'", "then = 'exti'", UnknownNameError, ["'split' then", "'exti'", "exit"]),
    "station twice": ("name = 'back'", "name = 'desk'", ContradictionError, ["'desk' is used twice"]),
    "fork named as station": ("at = 'split'", "at = 'back'", ContradictionError, ["'back' is used twice"]),
    "reserved name": ("name = 'back'", "name = 'exit'", ContradictionError, ["'exit' is reserved"]),
    "all warm-up": (
        "warmup = 100.0",
        "warmup = 2000.0",
        ValueOutOfRangeError,
        ["warmup: found 2000", "2000"],
    ),
    "one replication": (
        "replications = 5",
        "replications = 1",
        ValueOutOfRangeError,
        ["replications: found 1"],
    ),
    "retry of nothing": ("[routing.a]", RETRY, ContradictionError, ["class 'a'", "retry", "patience"]),
    "retry above 1": (
        "[routing.a]",
        RETRY.replace("0.5", "1.5"),
        ValueOutOfRangeError,
        ["retry.probability: found 1.5"],
    ),
    "retry without delay": (
        "[routing.a]",
        "retry = {probability = 0.5}\n[routing.a]",
        InputFileError,
        ["'a' retry", "'delay' is missing"],
    ),
    "overload": ("rate = 1.5", "rate = 2.7", ValueOutOfRangeError, ["station 'desk'", "load is 1", "rate 3"]),
    "no way out": (
        "back = 0.3, desk = 0.1",
        "desk = 1.0",
        ContradictionError,
        ["class 'a'", "'desk' nobody ever"],
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals_say_where_what_and_what_is_allowed(load, case):
    """One change to a good file, one clear message that names the file and the culprit."""
    old, new, error, words = (part.replace("'", '"') if i < 2 else part for i, part in enumerate(REFUSALS[case]))
    assert old in BASE
    with pytest.raises(error) as refusal:
        load(BASE.replace(old, new, 1))
    message = str(refusal.value)
    assert "mine.toml" in message and "\n" not in message
    for word in words:
        assert word in message, message


def test_files_that_cannot_be_read_are_refused(tmp_path):
    """Missing, a folder, and bytes that are no text."""
    (tmp_path / "gbk.toml").write_bytes("# 街道".encode("gbk"))
    for name, word in (("none.toml", "no such file"), ("", "cannot be read"), ("gbk.toml", "UTF-8")):
        with pytest.raises(InputFileError, match=word):
            load_network(tmp_path / name)


def test_traffic_with_feedback_forks_and_losses_adds_up(load):
    """Rates by hand: 1.5 cases, a tenth served again, a fork whose parts stop and whose customers go on."""
    flows = solve_traffic(load(BASE))
    assert flows.arrivals["a"] == pytest.approx({"desk": 1.5 / 0.9, "back": 0.5})
    assert flows.loads == pytest.approx({"desk": 1.5 / 0.9 / 3, "back": 0.25})
    forked = BASE.replace("back = 0.3", "split = 0.3").replace('then = "exit"', 'then = "back"')
    flows = solve_traffic(load(forked))
    once = 1.5 / 0.9
    assert flows.arrivals["a"] == pytest.approx({"desk": 1.3 * once, "back": 0.6 * once})
    assert flows.parts["a"] == pytest.approx({"desk": 0.3 * once, "back": 0.3 * once})


def test_overload_is_allowed_where_losses_bound_it_and_thins_what_follows(load):
    """Those turned away never reach the next station: M/M/3/3 at load 6 serves 1 - Erlang B of them."""
    text = BASE.replace("rate = 1.5", "rate = 6.0").replace("servers = 3", "servers = 3\ncapacity = 3")
    text = text.replace("back = 0.3, desk = 0.1", "back = 0.6")
    erlang_b = (6**3 / 6) / (1 + 6 + 18 + 36)
    flows = solve_traffic(load(text))
    assert flows.arrivals["a"]["back"] == pytest.approx(0.6 * 6.0 * (1 - erlang_b))
    # Half of those turned away come back, so more get through.
    returning = solve_traffic(load(text.replace("[routing.a]", RETRY)))
    assert returning.arrivals["a"]["back"] > flows.arrivals["a"]["back"]
    # If all come back, all must be served, and three servers cannot serve six.
    always = RETRY.replace("0.5", "1.0")
    with pytest.raises(ValueOutOfRangeError, match=r"station 'desk': its load is 2 .*always come back"):
        load(text.replace("[routing.a]", always))
    # With patience instead of a capacity the queue is bounded too.
    load(text.replace("capacity = 3", "patience = {law = 'exponential', mean = 5.0}"))


def test_what_is_left_of_a_flow_can_still_be_too_much(load):
    """The load of the station behind, not of the one that loses, is what is refused."""
    text = BASE.replace("rate = 1.5", "rate = 60.0").replace("servers = 3", "servers = 3\ncapacity = 9")
    with pytest.raises(ValueOutOfRangeError, match=r"station 'back': its load is 1\.2"):
        load(text.replace("back = 0.3, desk = 0.1", "back = 0.8"))


def test_a_loop_that_nobody_enters_is_no_fault(load):
    """Routing rows of a place out of reach do not matter."""
    load(BASE.replace("desk = {back = 0.3, desk = 0.1}", "back = {back = 1.0}"))


STRANGE = (
    float("nan"),
    float("inf"),
    -1,
    0,
    0.5,
    3,
    10**400,
    1e300,
    5e-324,
    True,
    "",
    "desk",
    "exit",
    [],
    {},
    None,
)


def test_no_value_anywhere_gets_past_as_anything_but_a_clear_refusal():
    """Each value of a file, replaced by each strange one in turn: a network or a JiedaoError."""
    patient = "servers = 3\ncapacity = 8\npatience = {law = 'gamma', mean = 2.0, cv2 = 3.0}"
    document = tomllib.loads(BASE.replace("[routing.a]", RETRY).replace("servers = 3", patient))
    refused = 0
    for place in places(document):
        for value in STRANGE:
            changed = copy.deepcopy(document)
            holder = changed
            for key in place[:-1]:
                holder = holder[key]
            holder[place[-1]] = value
            try:
                network_of(changed, "mine.toml")
            except JiedaoError as error:
                refused += 1
                assert str(error).startswith("mine.toml: ")
    assert refused > 500


def places(value, place=()):
    """The ways to every table, list and leaf of a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*place, key)
        yield from places(inner, (*place, key))
