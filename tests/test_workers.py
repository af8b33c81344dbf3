"""Worker processes: an interrupt never leaves one half started, complaining of what it was not told."""

from __future__ import annotations

import os
import signal
import threading
import time
from multiprocessing import spawn

import pytest

from experiments.workers import _QuietContext

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")


def test_an_interrupt_that_another_thread_hears_waits_until_the_worker_has_begun(monkeypatch):
    stop = threading.Event()
    other = threading.Thread(target=stop.wait)
    other.start()
    prepared = spawn.get_preparation_data

    def interrupted(name: str) -> dict:
        signal.pthread_kill(other.ident, signal.SIGINT)
        time.sleep(0.2)  # Python would interrupt the main thread here
        return prepared(name)

    monkeypatch.setattr(spawn, "get_preparation_data", interrupted)
    worker = _QuietContext().Process(target=time.sleep, args=(0,))
    before = signal.getsignal(signal.SIGINT)
    try:
        with pytest.raises(KeyboardInterrupt):
            worker.start()
    finally:
        stop.set()
        other.join()
    worker.join(60)
    assert worker.exitcode == 0, "the worker was not told what to do"
    assert signal.getsignal(signal.SIGINT) is before


def test_to_be_told_to_end_is_not_lost_by_an_interrupt_or_a_failing_start(monkeypatch):
    told = []
    monkeypatch.setattr(spawn, "get_preparation_data", lambda name: _signals_then_fails())
    before = signal.signal(signal.SIGTERM, lambda *_: told.append("end"))
    try:
        with pytest.raises(KeyboardInterrupt):
            _QuietContext().Process(target=time.sleep, args=(0,)).start()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert told == ["end"]


def _signals_then_fails() -> dict:
    signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGTERM)
    raise OSError("no room for another process")
