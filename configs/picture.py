"""Pictures as synapse weights: reading, fitting to the array, and levels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.source import Span

Grey = npt.NDArray[np.uint8]


def load_picture(path: Path, width: int, height: int, span: Span | None = None) -> Grey:
    """Grey values 0..255, shape [height, width], row 0 on top; other sizes are cropped to the shape and resampled.

    A DiagnosticError (C202) says why a file cannot be read as a picture.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as picture:
            grey = picture.convert("L")
    except OSError as error:
        reason = error.strerror.lower() if error.strerror else "this is not a picture in a format known here"
        raise _unreadable(path, reason, span) from None
    except (ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _unreadable(path, str(error).lower(), span) from None
    if grey.size != (width, height):
        grey = ImageOps.fit(grey, (width, height), Image.Resampling.LANCZOS)
    return np.asarray(grey, dtype=np.uint8)


def _unreadable(path: Path, reason: str, span: Span | None) -> DiagnosticError:
    title = f"cannot read the picture `{path}`: {reason}"
    return DiagnosticError([Diagnostic("C202", title, span, help="give a PNG, JPEG or PGM file, whole and readable")])


def to_weights(grey: Grey, highest: int, threshold: int | None) -> Grey:
    """Weights 0..`highest`: two levels, `highest` from the grey value `threshold` on, or as many as there are."""
    if threshold is not None:
        return np.where(grey >= threshold, highest, 0).astype(np.uint8)
    return np.round(grey * (highest / 255.0)).astype(np.uint8)


def pack_columns(weights: Grey) -> bytes:
    """The picture column by column from the left, in each first the even rows from the top, then the odd ones.

    The parallel bus writes even and odd synapse columns by two stores, and picture row i is synapse column i.
    """
    return np.concatenate([weights[0::2], weights[1::2]]).T.tobytes()
