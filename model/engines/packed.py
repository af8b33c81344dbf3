"""A named tuple of arrays behind one pointer.

As a tuple of thirty arrays a world costs hundreds of words at each call, and its kernel minutes to compile. `pack` lays the array
headers into a small buffer and passes its address; the spelling `world.requests` in the rules stays the same. This is the one
place that extends numba: a type with an address, whose attributes are read from the buffer.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple
from weakref import WeakValueDictionary

import numpy as np
from llvmlite import ir
from numba import njit, typeof
from numba.core import cgutils, types
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    NativeValue,
    infer_getattr,
    intrinsic,
    lower_getattr_generic,
    models,
    register_model,
    typeof_impl,
    unbox,
)

_WORDS_PER_ARRAY = 16  # an array header has 5 words and 2 a dimension


class Packed:
    """A packed named tuple. It keeps the arrays alive; pack again after one was replaced."""

    def __init__(self, arrays: NamedTuple) -> None:
        self.arrays = arrays
        self.buffer = np.zeros(_WORDS_PER_ARRAY * len(arrays), np.int64)
        self.address = self.buffer.ctypes.data
        self.numba_type = _type_of(arrays)

    def __getattr__(self, field: str) -> np.ndarray:
        """An array by its name, so that plain Python reads a packed world as compiled code does."""
        return getattr(self.arrays, field)


class PackedType(types.Type):
    """The compiled type of a packed named tuple of the given tuple type."""

    def __init__(self, tuple_type: types.NamedTuple) -> None:
        self.tuple_type = tuple_type
        # The full name of a world's type runs to pages, and numba writes it into every symbol.
        super().__init__(f"Packed({hashlib.sha256(str(tuple_type).encode()).hexdigest()[:16]})")


_types: dict[tuple, PackedType] = {}


def _type_of(arrays: NamedTuple) -> PackedType:
    """The compiled type; numba takes milliseconds to find it out, so it is kept for all tuples of like arrays."""
    likeness = type(arrays), *((array.dtype, array.ndim, array.flags.num) for array in arrays)
    if likeness not in _types:
        _types[likeness] = PackedType(typeof(arrays))
    return _types[likeness]


register_model(PackedType)(models.OpaqueModel)


@typeof_impl.register(Packed)
def _type_of_packed(value: Packed, context: object) -> PackedType:
    return value.numba_type


@unbox(PackedType)
def _unbox_packed(typ, obj, c):
    address = c.pyapi.object_getattr_string(obj, "address")
    number = c.pyapi.long_as_ulonglong(address)
    c.pyapi.decref(address)
    return NativeValue(c.builder.inttoptr(number, cgutils.voidptr_t))


@infer_getattr
class _PackedAttributes(AttributeTemplate):
    key = PackedType

    def generic_resolve(self, typ: PackedType, attribute: str) -> types.Type | None:
        names = typ.tuple_type.fields
        return typ.tuple_type.types[names.index(attribute)] if attribute in names else None


@lower_getattr_generic(PackedType)
def _lower_attribute(context, builder, typ, value, attribute):
    """Load one array header; references are not counted, since the caller keeps the arrays."""
    index = typ.tuple_type.fields.index(attribute)
    # Only the header's own type is named: the whole tuple's, written out at each access, doubles what LLVM must read.
    offset = sum(8 * (5 + 2 * array.ndim) for array in typ.tuple_type.types[:index])
    header = context.get_value_type(typ.tuple_type.types[index])
    return builder.load(cgutils.pointer_add(builder, value, offset, return_type=header.as_pointer()))


@intrinsic
def _store(typing_context, address, arrays):
    def generate(context, builder, signature, args):
        layout = context.get_value_type(signature.args[1])
        pointer = builder.inttoptr(args[0], ir.PointerType(layout))
        builder.store(args[1], pointer)
        return context.get_dummy_value()

    return types.void(types.int64, arrays), generate


@njit(cache=True)
def _lay_out(address: int, arrays: NamedTuple) -> None:
    _store(address, arrays)


_latest: WeakValueDictionary[type, Packed] = WeakValueDictionary()


def pack(arrays: NamedTuple) -> Packed:
    """The packed form of a world or an engine: the same again as long as somebody keeps it and no array was replaced."""
    latest = _latest.get(type(arrays))
    if latest is not None and latest.arrays is arrays:
        return latest
    packed = Packed(arrays)
    _lay_out(packed.address, arrays)
    _latest[type(arrays)] = packed
    return packed
