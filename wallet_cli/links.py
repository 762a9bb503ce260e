"""The one argument of `receive` and `present`: a link, or a picture with a QR code that holds one.

A picture is somebody else's file: bounded in bytes and pixels before it is unpacked, and read by Pillow alone.
"""

from __future__ import annotations

import io
import re
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from passport.errors import PassportError
from passport.terminal import ExitCode, FileUnreadable, Reason, WrongUse
from wallet_cli.session import at_home, read_file

if TYPE_CHECKING:
    from PIL import Image

MAX_FILE_BYTES = 32 * 1024 * 1024
MAX_PIXELS = 40_000_000
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")
_LINK = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(//)?[^\s\\]*", re.DOTALL)


class NoLink(WrongUse):
    """Nothing was given: neither a link nor a picture."""

    code = "no_link"


class NotAPicture(PassportError):
    """The file is no picture that can be read, or too large a one. Params: `file`."""

    code = "not_a_picture"
    exit_code: ClassVar[int] = ExitCode.WRONG_USE


class NoQrCode(PassportError):
    """The picture holds no QR code with a link of the kind that is needed. Params: `file`."""

    code = "no_qr_code"
    exit_code: ClassVar[int] = ExitCode.WRONG_USE


class SeveralQrCodes(PassportError):
    """The picture holds several different links; which one is meant cannot be known. Params: `file`."""

    code = "several_qr_codes"
    exit_code: ClassVar[int] = ExitCode.WRONG_USE


def read_link(argument: str, *, schemes: Collection[str]) -> str:
    """Return the link that an argument is or that stands in the picture it names.

    schemes: in lower case; in a picture only QR codes with one of these count.
    Raises: NoLink, NotAPicture, NoQrCode, SeveralQrCodes, FileUnreadable.
    """
    argument = argument.strip()
    path = at_home(argument)
    if _LINK.fullmatch(argument) and not _is_file(path):
        return argument
    if not argument:
        raise NoLink
    if not _is_file(path):
        raise FileUnreadable(file=argument, reason=Reason("EISDIR" if _is_folder(path) else "no_file_or_link"))
    links = {text for text in _qr_texts(path) if text.partition(":")[0].lower() in schemes}
    if not links:
        raise NoQrCode(file=path.name)
    if len(links) > 1:
        raise SeveralQrCodes(file=path.name)
    return links.pop()


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _on_white(picture: Image.Image) -> Image.Image:
    """Return the picture in grey; what is transparent is white, as it would be on paper."""
    from PIL import Image

    if picture.mode not in ("LA", "RGBA", "PA") and "transparency" not in picture.info:
        return picture.convert("L")
    painted = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", painted.size, "white"), painted).convert("L")


def _qr_texts(path: Path) -> list[str]:
    import warnings

    from PIL import Image, UnidentifiedImageError

    content = read_file(path, max_bytes=MAX_FILE_BYTES)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise NotAPicture("too many pixels", file=path.name)
                grey = _on_white(picture)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise NotAPicture("no picture", file=path.name) from error

    import zxingcpp

    only_qr = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    found = zxingcpp.read_barcodes(grey, formats=only_qr, text_mode=zxingcpp.TextMode.Plain)
    return [code.text.strip() for code in found if code.text]
