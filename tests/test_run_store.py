"""The store of runs: what makes two runs one, what is kept, and what happens when it cannot be written."""

from __future__ import annotations

import math
import sqlite3
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from experiments import provenance, run_requests, run_store
from experiments.run_requests import LOST
from experiments.run_store import Packed, RunRequest, RunStore, pack
from experiments.run_worker import make_run, measure_staff
from experiments.simulations import run
from model.errors import ContradictionError, InputFileError, JiedaoError, UnknownNameError
from model.trial import staff_for
from scenarios import load

REQUEST = RunRequest("flattening", "typical", 600, 2, (0, 1), {}, {}, 1)
OTHERS = {
    "scenario": replace(REQUEST, scenario="flatten_layers"),
    "street": replace(REQUEST, street="town"),
    "residents": replace(REQUEST, residents=601),
    "weeks": replace(REQUEST, weeks=3),
    "window": replace(REQUEST, window=(1, 1)),
    "draw": replace(REQUEST, draw={"petty_cash_yuan": 1500}),
    "setting": replace(REQUEST, settings={"petty_cash_yuan": 1500}),
    "strength": replace(REQUEST, settings={"flatten_layers.strength": 0.5}),
    "seed": replace(REQUEST, seed=2),
}


def made(requests, folder: Path, keep: str = "headline") -> RunStore:
    """A store with these runs, made in this process."""
    store = RunStore(folder, keep)
    with ThreadPoolExecutor(1) as executor:
        run_requests.run_requests(requests, store, 1, executor=executor)
    return store


def test_runs_that_differ_have_keys_that_differ_and_the_same_run_has_one(tmp_path):
    with RunStore(tmp_path) as store:
        keys = {name: store.key(request) for name, request in {"itself": REQUEST, **OTHERS}.items()}
        for one, other in combinations(keys, 2):
            assert keys[one] != keys[other], f"{one} and {other} share a key"
        of_draw = OTHERS["draw"]
        assert store.key(replace(of_draw, draw={"petty_cash_yuan": 1500.0})) == keys["draw"]  # as TOML may write it
        both = {"pool_share": 0.3, "petty_cash_yuan": 1500}
        turned = dict(reversed(both.items()))
        assert store.key(replace(REQUEST, draw=both)) == store.key(replace(REQUEST, draw=turned))
        baseline = replace(REQUEST, scenario="baseline")  # which has no levers that a strength could matter to
        assert store.key(replace(baseline, settings={"flatten_layers.strength": 0.5})) == store.key(baseline)


def test_the_key_follows_the_contents_of_a_users_files(tmp_path):
    path = tmp_path / "mine.toml"
    text = 'name = "mine"\ntitle_en = "Mine"\ntitle_zh = "我的"\n[levers]\nfunds_pool = 1.0\n'
    street = 'name = "place"\ntitle_en = "Place"\ntitle_zh = "某地"\nresidents = 5000\n'
    for original, key in ((text, "scenario"), (street, "street")):
        request = replace(REQUEST, **{key: str(path)})
        keys = set()
        for content in (original, original.replace("title_en", "title_en  "), original):
            path.write_text(content, encoding="utf-8")
            with RunStore(tmp_path) as store:
                keys.add(store.key(request))
        assert len(keys) == 2, key


def test_another_version_of_the_code_is_another_key(tmp_path, monkeypatch):
    root = tmp_path / "program"
    for room in ("model", "scenarios"):
        (root / room).mkdir(parents=True)
    file = root / "model" / "rules.py"
    versions = []
    for text in ("a = 1\n", "a = 2\n"):
        file.write_text(text, encoding="utf-8")
        provenance.code_version.cache_clear()
        versions.append(provenance.code_version(root))
    assert versions[0] != versions[1]
    keys = set()
    for version in versions:
        monkeypatch.setattr(run_store, "code_version", lambda version=version: version)
        with RunStore(tmp_path) as store:
            keys.add(store.key(REQUEST))
    assert len(keys) == 2
    provenance.code_version.cache_clear()


def test_a_stored_run_has_the_rows_of_the_command_run_to_the_last_digit(tmp_path):
    request = replace(
        REQUEST, settings={"petty_cash_yuan": 1500, "flatten_layers.strength": 0.5}, weeks=4, window=(2, 3)
    )
    expected = run(
        "flattening", residents=600, weeks=4, seeds=1, settings=dict(request.settings), workers=1, weekly=True
    )
    columns = ["period", "group", "kind", "indicator", "statistic", "value", "n"]
    expected = [tuple(row) for row in expected[columns].itertuples(index=False)]
    kept = {}
    for keep in ("headline", "window", "weekly"):
        with made([request], tmp_path / keep, keep) as store:
            kept[keep] = store.read(request).rows
    assert repr(list(kept["weekly"])) == repr(expected)  # NaN is not equal to itself, but its text is
    assert {row[:3] for row in kept["headline"]} == {("window", "all", "all")}
    weekly = {row[3] for row in kept["window"] if row[0].startswith("week-")}
    assert "repeat_rate" in weekly and "backlog" not in weekly
    of_window = [[row for row in rows if row[0] == "window"] for rows in (kept["window"], expected)]
    assert repr(of_window[0]) == repr(of_window[1])
    assert any(row[0] == "year-2024" for row in kept["window"])


def test_numbers_that_json_lacks_come_back(tmp_path):
    rows = [("window", "all", "all", "x", "mean", value, 1) for value in (math.nan, math.inf, -math.inf, 0.1 + 0.2)]
    with RunStore(tmp_path) as store:
        store.write([(store.key(REQUEST), Packed(pack(rows)))])
        found = [row[5] for row in store.read(REQUEST).rows]
    assert math.isnan(found[0]) and found[1:] == [math.inf, -math.inf, 0.1 + 0.2]


def test_what_was_not_made_is_not_there(tmp_path):
    with RunStore(tmp_path) as store:
        assert not store.has(REQUEST) and len(store) == 0
        with pytest.raises(KeyError, match="no such run"):
            store.read(REQUEST)


def test_a_failing_run_is_recorded_and_the_others_go_on(tmp_path):
    bad = replace(REQUEST, street="nowhere")
    with made([bad, REQUEST], tmp_path) as store:
        assert "unknown street 'nowhere'" in store.read(bad).error and store.read(bad).rows == ()
        assert store.read(REQUEST).error == "" and store.read(REQUEST).rows
        before = len(store)
        calls: list[int] = []
        with ThreadPoolExecutor(1) as executor:
            run_requests.run_requests([bad, REQUEST], store, 1, lambda: calls.append(1), executor)
        assert len(store) == before == 2 and not calls  # neither is made again


def test_a_trial_serves_all_runs_whose_street_it_is_and_no_other():
    trial = measure_staff(REQUEST)
    own = load("flattening", "typical", 600, 2).reference_values
    assert trial.staff == staff_for("typical", own)
    elsewhere = replace(REQUEST, street="town")
    assert make_run(elsewhere, "weekly", trial) == make_run(elsewhere, "weekly")
    assert make_run(REQUEST, "weekly", trial) == make_run(REQUEST, "weekly")
    wrong = trial._replace(staff=measure_staff(elsewhere).staff)
    assert make_run(REQUEST, "weekly", wrong) != make_run(REQUEST, "weekly"), "the trial's staff is not used"


def test_few_runs_are_in_flight_and_requests_are_read_as_they_are_handed_out(tmp_path):
    ahead = []
    stored = 0

    def requests():
        for seed in range(60):
            ahead.append(seed - stored)
            yield replace(REQUEST, seed=seed)

    def count() -> None:
        nonlocal stored
        stored += 1

    with RunStore(tmp_path, "headline") as store, ThreadPoolExecutor(1) as executor:
        run_requests.run_requests(requests(), store, 1, count, executor)
        assert len(store) == stored == 60
        assert max(ahead) <= run_requests.IN_FLIGHT_PER_WORKER
        there_already: list[int] = []
        run_requests.run_requests(requests(), store, 1, count, executor, lambda: there_already.append(1))
        assert stored == len(there_already) == 60


# What goes wrong around the runs.


class Deadly(Executor):
    """Runs in this process; the seed `deadly` breaks it, as a worker breaks its pool when it is killed."""

    def __init__(self, deadly: set[int]) -> None:
        self.deadly, self.broken = deadly, False

    def submit(self, function, request, /, *arguments) -> Future:
        if self.broken:
            raise BrokenProcessPool("broken before")
        future: Future = Future()
        if function is make_run and request.seed in self.deadly:
            self.broken = True
            future.set_exception(BrokenProcessPool("a process ended"))
        else:
            future.set_result(function(request, *arguments))
        return future


def with_deadly_seeds(monkeypatch: pytest.MonkeyPatch, deadly: set[int]) -> list[int]:
    """Local pools are such executors now; the list grows by the workers of each."""
    pools = []

    @contextmanager
    def pool(workers: int):
        pools.append(workers)
        yield Deadly(deadly)

    monkeypatch.setattr(run_requests, "worker_pool", pool)
    return pools


def test_a_run_that_kills_its_worker_is_found_and_tried_again_next_time(tmp_path, monkeypatch):
    pools = with_deadly_seeds(monkeypatch, {4})
    requests = [replace(REQUEST, seed=seed) for seed in range(1, 30)]
    finished: list[int] = []
    with RunStore(tmp_path, "headline") as store:
        run_requests.run_requests(requests, store, 2, lambda: finished.append(1))
        assert [r.seed for r in requests if store.read(r).error] == [4]
        assert store.read(requests[3]).error == LOST
        assert len(finished) == len(requests) and 1 in pools  # suspects were made one at a time
        with_deadly_seeds(monkeypatch, set())
        run_requests.run_requests(requests, store, 2)
        assert not any(store.read(request).error for request in requests)


@pytest.mark.parametrize("first", [1, 20, 30], ids=["nothing_made_yet", "amid", "nothing_else_left"])
def test_a_point_whose_runs_all_kill_their_worker_does_not_stop_the_others(tmp_path, monkeypatch, first):
    """Of 49 runs 20 in a row are deadly: more than are in flight."""
    deadly = set(range(first, first + 20))
    requests = [replace(REQUEST, seed=seed) for seed in range(1, 50)]
    with RunStore(tmp_path, "headline") as store:
        for made_now in (49, 20):  # and again, with nothing but deadly runs to make
            with_deadly_seeds(monkeypatch, deadly)
            finished: list[int] = []
            run_requests.run_requests(requests, store, 2, lambda: finished.append(1))  # noqa: B023
            assert {r.seed for r in requests if store.read(r).error} == deadly and len(finished) == made_now
            assert all(store.read(r).error == LOST for r in requests if r.seed in deadly)


@pytest.mark.parametrize("lived", [0, 2], ids=["from_the_start", "later"])
def test_workers_that_die_whatever_they_do_end_it(tmp_path, monkeypatch, lived):
    every = set(range(1, 50))
    deadly = set() if lived else every
    pools = with_deadly_seeds(monkeypatch, deadly)
    requests = [replace(REQUEST, seed=seed) for seed in sorted(every)]
    with RunStore(tmp_path, "headline") as store:
        with pytest.raises(JiedaoError, match="3 runs in a row failed because the worker process ended"):
            run_requests.run_requests(requests, store, 2, lambda: deadly.update(every))
        stored = sum(store.has(r) and not store.read(r).error for r in requests)
        assert len(pools) < 12 and lived <= stored <= 16  # those in flight when the memory went


def test_one_worker_is_this_process_as_a_script_without_a_main_guard_needs(tmp_path, monkeypatch):
    monkeypatch.setattr(run_requests, "worker_pool", None)
    bad = replace(REQUEST, street="nowhere")
    with RunStore(tmp_path, "headline") as store:
        run_requests.run_requests([REQUEST, bad], store, 1)
        assert store.read(REQUEST).rows and store.read(bad).error


def test_a_given_executor_that_breaks_ends_it_and_what_was_made_stays(tmp_path):
    requests = [replace(REQUEST, seed=seed) for seed in range(1, 30)]
    with RunStore(tmp_path, "headline") as store:
        with pytest.raises(JiedaoError, match="the executor broke"):
            run_requests.run_requests(requests, store, 1, executor=Deadly({20}))
        assert store.has(requests[0]) and not store.has(requests[19])


def test_too_little_memory_in_a_worker_is_not_the_runs_fault(tmp_path, monkeypatch):
    class Short(Deadly):
        def submit(self, function, request, /, *arguments) -> Future:
            future = super().submit(function, request, *arguments)
            if function is make_run and request.seed == 2:
                future = Future()
                future.set_exception(MemoryError("no more"))
            return future

    requests = [replace(REQUEST, seed=seed) for seed in (1, 2)]
    with RunStore(tmp_path, "headline") as store:
        run_requests.run_requests(requests, store, 1, executor=Short(set()))
        assert store.read(requests[1]).error == "MemoryError: no more"
        run_requests.run_requests(requests, store, 1, executor=Deadly(set()))
        assert not store.read(requests[1]).error


def test_the_store_is_refused_where_it_cannot_be(tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(InputFileError, match=r"file.*cannot be written"):
        RunStore(tmp_path / "file" / "folder")
    (tmp_path / "a" / run_store.STORE_NAME).mkdir(parents=True)
    with pytest.raises(InputFileError, match=r"runs\.sqlite: cannot be written"):
        RunStore(tmp_path / "a")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / run_store.STORE_NAME).write_bytes(b"something else entirely" * 99)
    with pytest.raises(InputFileError, match="no store of runs"):
        RunStore(tmp_path / "b")
    with pytest.raises(UnknownNameError, match="did you mean headline"):
        RunStore(tmp_path / "c", "headlines")


def test_a_second_batch_is_kept_out_while_the_first_is_at_work(tmp_path):
    with RunStore(tmp_path), pytest.raises(ContradictionError, match="another batch is at work"):
        RunStore(tmp_path)
    RunStore(tmp_path).close()


def test_a_full_disk_leaves_what_was_stored(tmp_path):
    with RunStore(tmp_path) as store:
        store.write([(store.key(REQUEST), Packed(b"", ""))])
        store._database.execute("PRAGMA max_page_count = 8")  # SQLite's own word for a disk of eight pages
        others = [(store.key(other), Packed(bytes(range(256)) * 40)) for other in OTHERS.values()]
        with pytest.raises(InputFileError, match=r"full.*stored before are kept"):
            store.write(others)
        assert len(store) == 1
    with RunStore(tmp_path) as store:
        assert store.has(REQUEST)
        store.write(others)
        assert len(store) == 1 + len(others)


def test_the_file_can_be_read_by_any_sqlite_program(tmp_path):
    made([REQUEST], tmp_path).close()
    with sqlite3.connect(tmp_path / run_store.STORE_NAME) as database:
        ((key, rows),) = database.execute("SELECT key, rows FROM runs").fetchall()
    assert len(key) == 32 and rows == make_run(REQUEST, "headline").rows
