"""Worker processes on this machine, which end quietly and leave nothing behind."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import wait as wait_for
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.resource_tracker import ensure_running
from typing import Any

CAN_HOLD_SIGNALS = hasattr(signal, "pthread_sigmask")  # not on Windows


def default_workers() -> int:
    """As many as there are processors that this program may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class InProcess(Executor):
    """Does its work at once and here. A script that has no main guard cannot start processes, and one is enough for it."""

    def submit(self, work: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        """The future of work that is done; what it raises comes with the future, as from a process."""
        future: Future[Any] = Future()
        try:
            future.set_result(work(*arguments, **options))
        except Exception as error:
            future.set_exception(error)
        return future


@contextmanager
def worker_pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Fresh processes; whatever goes wrong, none of them is left behind."""
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(workers, _QuietContext(), initializer=_begin_worker)
    try:
        yield pool
    except BaseException:
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


class _QuietProcess(SpawnProcess):
    """A process that hears of no interrupt until it has begun, since it would print where it stood."""

    def start(self) -> None:
        """Start it whole: an interrupt waits until it has been told all that it needs, or it would complain of that."""
        with _interrupts_held():
            if not CAN_HOLD_SIGNALS:
                super().start()
                return
            ensure_running()  # or the tracker of resources, starting meanwhile, would let interrupts through again
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # the new process inherits it
            try:
                super().start()
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Interrupts come after the block. Blocking them for this thread is not enough: any other thread hears of them too."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Python interrupts its main thread only
        return
    heard: set[int] = set()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    before = {
        number: handler for number, handler in before.items() if handler is not None
    }  # None: not Python's to hold
    try:
        for number in before:
            signal.signal(number, lambda number, _: heard.add(number))
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        # To be told to end outweighs an interrupt, and both outweigh whatever went wrong with the start.
        for number in (signal.SIGTERM, signal.SIGINT):
            if number in heard:
                signal.raise_signal(number)


class _QuietContext(SpawnContext):
    Process = _QuietProcess


def in_worker() -> bool:
    """Whether this process is one that another has started."""
    return multiprocessing.parent_process() is not None


def _begin_worker() -> None:
    """An interrupted worker just ends, since the program that started it says what happened; and so does an orphan."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if CAN_HOLD_SIGNALS:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    gc.freeze()  # what is loaded by now is here to stay
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)
