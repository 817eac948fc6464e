"""Pictures that people upload: what is kept of one is its pixels and nothing else."""

import secrets
import warnings
from io import BytesIO

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

MAX_FILE = 10 * 1024 * 1024
MAX_PIXELS = 20_000_000
MAX_WIDTH = 1_600
FORMATS = ["JPEG", "PNG", "WEBP"]


class NotAnImage(ValueError):
    """What was uploaded is not a picture that we take. The message is for the person who chose it."""


def fresh_pixels(file: UploadedFile, *, width: int = MAX_WIDTH) -> bytes:
    """The picture as a new WebP, at most `width` pixels wide. Raises NotAnImage.

    What it is is found by decoding, not by its name or its type; its size is read before anything is decoded.
    """
    if not file.size or file.size > MAX_FILE:
        raise NotAnImage(_("A picture may have at most 10 MB."))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the next line is stricter
            with Image.open(file, formats=FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise NotAnImage(_("A picture may have at most 20 megapixels."))
                return _copy(picture, width)
    except NotAnImage:
        raise
    except (
        Exception
    ) as error:  # a decoder fed with anything may raise anything; none of it is our fault or theirs
        if isinstance(error, MemoryError):
            raise
        unknown = isinstance(error, UnidentifiedImageError)
        raise NotAnImage(
            _("This is not a JPEG, PNG or WebP picture.") if unknown else _("This picture is damaged.")
        ) from error


def _copy(picture: Image.Image, width: int) -> bytes:
    upright = ImageOps.exif_transpose(picture)
    mode = "RGBA" if upright.has_transparency_data else "RGB"
    upright = upright.convert(mode)
    if upright.width > width:
        height = max(1, round(upright.height * width / upright.width))
        upright = upright.resize((width, height), Image.Resampling.LANCZOS)
    clean = Image.new(mode, upright.size)
    clean.paste(upright)
    data = BytesIO()
    clean.save(data, "WEBP", quality=82, method=4)
    return data.getvalue()


def random_name() -> str:
    """A file's own name may say more than its owner meant to."""
    return f"{secrets.token_hex(16)}.webp"
