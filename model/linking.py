"""Rules become machine code once, inside the kernels that ask them, and not each on its own as well.

numba optimises every function together with all that it calls, and turns the result into machine code. A rule ten calls
below the kernel is so optimised eleven times, and only the last result is ever run. Here a rule is translated and no
more; a kernel is linked with the rules it needs, which nobody else can call, so that LLVM may dissolve them in it.
"""

from __future__ import annotations

from typing import Any

from llvmlite import binding
from numba.core.codegen import CodeLibrary, JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.environment import lookup_environment


class _RuleLibrary(JITCodeLibrary):
    """The code of a rule. It waits for a kernel and has no address."""

    def add_llvm_module(self, module: binding.ModuleRef) -> None:
        self._final_module.link_in(module)

    def finalize(self) -> None:
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        return 0

    @property
    def codegen(self) -> _RuleLibrary:
        """Asked for nothing but to note an address."""
        return self

    def set_env(self, name: str, environment: Any) -> None:
        """Done when the kernel is finished."""


class _KernelLibrary(JITCodeLibrary):
    """The code of a kernel and of the rules below it."""

    def finalize(self) -> None:
        self._linking_libraries = _needed_by(self)
        super().finalize()
        for variable in self._final_module.global_variables:
            environment = lookup_environment(variable.name)
            if environment is not None:
                self._codegen.set_env(variable.name, environment)

    def _optimize_final_module(self) -> None:
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage == binding.Linkage.linkonce_odr:
                function.linkage = "internal"
        super()._optimize_final_module()


def _needed_by(kernel: CodeLibrary) -> list[CodeLibrary]:
    """All that a kernel calls, however deep. Callers come first: LLVM takes in only what somebody calls already."""
    visited: dict[CodeLibrary, None] = {}

    def visit(library: CodeLibrary) -> None:
        for called in library._linking_libraries:
            if called not in visited:
                visit(called)
        visited[library] = None

    visit(kernel)
    return list(visited)[-2::-1]


class RuleCompiler(Compiler):
    """numba's compiler with a rule's library."""

    def define_pipelines(self) -> list:
        self.state["library"] = _RuleLibrary(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        return super().define_pipelines()


class KernelCompiler(Compiler):
    """numba's compiler with a kernel's library, which is kept in the cache."""

    def define_pipelines(self) -> list:
        kernel = _KernelLibrary(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        kernel.enable_object_caching()
        self.state["library"] = kernel
        return super().define_pipelines()
