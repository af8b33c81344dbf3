from model.codes import NEVER
from model.compilation import rule


@rule(forceinline=True)
def next_step(world, r, now):
    return 4, -1, 0


@rule(forceinline=True)
def begin_work(world, r, u, now):
    return now


@rule(forceinline=True)
def end_work(world, r, u, now):
    pass


@rule(forceinline=True)
def queue_deadline(world, r, u, now):
    return NEVER


@rule(forceinline=True)
def leave_queue(world, r, u, now):
    pass


@rule(forceinline=True)
def lose_patience(world, r, now):
    pass


@rule(forceinline=True)
def gate_lets_through(world, gate, r, now):
    return True


@rule(forceinline=True)
def open_gate(world, gate, now):
    return NEVER
