"""Parts of kernels: functions that kernels call, typed and lowered once, optimised only within what calls them.

numba would compile each of them to machine code of its own, and optimise its copy once more in every caller, in the
caller's caller, and so on; that would take longer than all else.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, cast

import numba
from llvmlite import binding
from numba.core import cgutils, codegen, compiler, compiler_machinery, cpu_options
from numba.core.registry import cpu_target
from numba.extending import intrinsic, typeof_impl

from hicannx.emu.kernelcache import Kernel

types: Any = numba.types
_target: Any = cpu_target
_cgutils: Any = cgutils
unpack: Any = cgutils.unpack_tuple
_library: Any = codegen.CodeLibrary
_flags: Any = compiler.Flags
_compiler: Any = compiler.CompilerBase
_fast_math: Any = cpu_options.FastMathOptions


class _PartLibrary(_library):  # type: ignore[misc]
    """The code of one part before any optimisation, and the libraries of what it calls."""

    def __init__(self, name: str, is_merged: bool) -> None:
        super().__init__(_target.target_context.codegen(), name)
        self._is_merged = is_merged
        self.needed: dict[Any, None] = {}
        self._module: Any = None

    def add_ir_module(self, ir_module: Any) -> None:
        """Take the code; its functions go where nobody calls them any more once they are merged into their callers."""
        for function in ir_module.functions:
            if not function.is_declaration:
                function.linkage = "linkonce_odr"
                if self._is_merged:
                    function.attributes.add("alwaysinline")
        parse: Any = binding.parse_assembly
        self._module = parse(_cgutils.normalize_ir_text(str(ir_module)))
        self._module.name = ir_module.name
        self._module.data_layout = self._codegen._data_layout

    def add_linking_library(self, library: Any) -> None:
        """Remember what the code calls."""
        self.needed[library] = None

    def _get_module_for_linking(self) -> Any:
        return self._module

    def finalize(self) -> None:
        """Nothing is to be done before the code is a part of something."""
        self._finalized = True

    def get_function(self, name: str) -> Any:
        """A function of the code."""
        return self._module.get_function(name)

    def get_llvm_str(self) -> str:
        """The code as text."""
        return str(self._module)

    def get_asm_str(self) -> str:
        """None has been made."""
        return ""


class _PartFlags(_flags):  # type: ignore[misc]
    """The options of all parts. numba copies and compares options with every operator that it looks up."""

    def copy(self) -> _PartFlags:
        """The same, since nobody changes it."""
        return self

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


# Passes of numba for what parts have none of: closures, context managers, generators, errors, expressions of arrays.
_needless = {
    "WithLifting",
    "InlineClosureLikes",
    "RewriteSemanticConstants",
    "DeadBranchPrune",
    "RewriteDynamicRaises",
    "MakeFunctionToJitFunction",
    "InlineInlinables",
    "FindLiterallyCalls",
    "LiteralUnroll",
    "LiteralPropagationSubPipelinePass",
    "InlineOverloads",
    "NopythonRewrites",
    "NoPythonSupportedFeatureValidation",
    "AnnotateTypes",
    "DumpParforDiagnostics",
    "IRLegalization",
}


class _PartCompiler(_compiler):  # type: ignore[misc]
    def define_pipelines(self) -> list[Any]:
        """numba's own passes, but for those that find nothing."""
        build: Any = compiler.DefaultPassBuilder.define_nopython_pipeline
        make: Any = compiler_machinery.PassManager
        lean = make("part")
        for kind, text in build(self.state).passes:
            if kind.__name__ not in _needless:
                lean.add_pass(kind, text)
        lean.finalize()
        return [lean]


def _flags_of_parts(relaxed: set[str]) -> _PartFlags:
    """The options, with these liberties for sums and products of fractions."""
    flags = _PartFlags()
    flags.error_model = "numpy"
    flags.no_compile = flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
    flags.fastmath = _fast_math(relaxed or False)
    return flags


_part_flags, _packed_flags = _flags_of_parts(set()), _flags_of_parts({"contract", "nnan", "nsz"})


def compile_part(
    function: Callable[..., Any],
    kinds: tuple[Any, ...],
    result: Any = None,
    merge: bool = False,
    flags: _PartFlags = _part_flags,
) -> Any:
    """numba's result of the compilation of a function up to LLVM's first text, to be called with `call_part`."""
    contexts, library = (_target.typing_context, _target.target_context), _PartLibrary(function.__name__, merge)
    return _PartCompiler(*contexts, library, kinds, result, flags, {}).compile_extra(function)


def call_part(target: Any, builder: Any, part: Any, values: Any) -> Any:
    """The result of a part; parts raise nothing, therefore nobody looks for errors."""
    _link(target.active_code_library, part.library)
    return target.call_internal_no_propagate(builder, part.fndesc, part.signature, values)[1]


def _link(library: Any, part: Any) -> None:
    """Only at the end, in what is an entry, all is linked."""
    library.add_linking_library(part)
    if not isinstance(library, _PartLibrary):
        waiting, seen = [part], {part}
        while waiting:
            for one in getattr(waiting.pop(), "needed", ()):
                if one not in seen:
                    seen.add(one)
                    library.add_linking_library(one)
                    waiting.append(one)


def part_of(function: Callable[..., Any], form: str) -> Any:
    """What stands for a function in the code of kernels; numbers become int64, so that it is compiled once."""
    if form == "written":
        return intrinsic(function)

    def typing(context: Any, *given: Any) -> tuple[Any, Callable[..., Any]]:
        kinds, flags = tuple(_widened(one) for one in given), _packed_flags if form == "packed" else _part_flags
        part = compile_part(function, kinds, merge=form in ("merged", "packed"), flags=flags)

        def generate(target: Any, builder: Any, _: Any, values: Any) -> Any:
            return call_part(target, builder, part, values)

        return part.signature, generate

    typing.__name__ = function.__name__
    parameters = inspect.signature(function).parameters.values()
    context = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    typing.__signature__ = inspect.Signature([context, *parameters])  # type: ignore[attr-defined]
    return intrinsic(typing)


def _widened(kind: Any) -> Any:
    kind = types.unliteral(kind)
    return types.int64 if isinstance(kind, types.Integer) and (kind.signed or kind.bitwidth < 64) else kind


@cast(Any, typeof_impl).register(Kernel)  # type: ignore[untyped-decorator]
def _kind_of(kernel: Kernel, _: Any) -> Any:
    part = kernel.part
    _target.typing_context.refresh()
    return _target.typing_context.resolve_value_type(part)
