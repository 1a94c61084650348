"""Decoding and re-encoding of photos in bounded memory. Independent of the store and of Flask."""

import logging
import threading

from PIL import ExifTags, Image

log = logging.getLogger(__name__)

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_JPEG_PIXELS = 40_000_000  # a JPEG can be decoded at a fraction of its size
MAX_OTHER_PIXELS = 20_000_000  # a PNG or WebP cannot
MAX_SIDE = 2400  # pixels
QUALITY, THUMBNAIL_QUALITY = 88, 80
Image.MAX_IMAGE_PIXELS = None  # Pillow would only warn; `_decode` rejects the image before decoding

_ROTATIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Decoding a photo takes up to 350 MB (WebP; mostly below 200 MB), so each process decodes one at a time.
_one_at_a_time = threading.Lock()


class TooManyPixels(ValueError):
    """The header of the photo states more pixels than `limit`, the maximum of its format."""

    def __init__(self, limit):
        super().__init__(limit)
        self.limit = limit


class UnreadableImage(ValueError):
    """The file is not a complete JPEG, PNG or WebP."""


def reencode(source, target):
    """Write the photo of `source` upright and without metadata as JPEG to `target`.

    Return its width and height in pixels. Raises TooManyPixels, UnreadableImage.
    """
    return _write_image(source, target, MAX_SIDE, "JPEG", quality=QUALITY, optimize=True)


def write_thumbnail(source, target, side, kind="WEBP"):
    """Write a WebP (or a JPEG, for a printout) of `source` to `target`, no side longer than `side`.

    Raises TooManyPixels, UnreadableImage.
    """
    return _write_image(source, target, side, kind, quality=THUMBNAIL_QUALITY)


def _write_image(source, target, side, kind, **options):
    with _one_at_a_time:
        try:
            with Image.open(source, formats=FORMATS) as opened:
                picture = _decode(opened, side)
            picture.save(target, kind, **options)
        except TooManyPixels:
            raise
        except Exception as error:  # a decoder may raise anything on data of an attacker
            log.info("A photo could not be decoded: %s", type(error).__name__)
            raise UnreadableImage from error
        return picture.size


def _decode(opened, side):
    limit = MAX_OTHER_PIXELS if opened.format in ("PNG", "WEBP") else MAX_JPEG_PIXELS
    if opened.width * opened.height > limit:
        raise TooManyPixels(limit)
    opened.draft("RGB", (side, side))
    opened.load()
    rotation = _ROTATIONS.get(opened.getexif().get(ExifTags.Base.Orientation))
    if opened.mode in ("RGB", "RGBA", "L", "CMYK"):
        opened.thumbnail((side, side))
    picture = _to_rgb(opened)
    picture.thumbnail((side, side))
    # A new image on white, so that no metadata of the file remains.
    clean = Image.new("RGB", picture.size, "white")
    clean.paste(picture, mask=picture.getchannel("A") if picture.mode == "RGBA" else None)
    return clean.transpose(rotation) if rotation is not None else clean


def _to_rgb(picture):
    """Convert to RGB, or to RGBA if transparent. 16-bit grey is scaled, not clipped."""
    if picture.mode.startswith("I"):
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    wanted = "RGBA" if picture.has_transparency_data else "RGB"
    return picture if picture.mode == wanted else picture.convert(wanted)
