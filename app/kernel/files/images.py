"""Photos decoded and written anew, in bounded memory. Knows neither the store nor the web."""

import logging
import threading

from PIL import ExifTags, Image

log = logging.getLogger(__name__)

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 40_000_000  # of a JPEG, which can be decoded at a fraction of its size
MOST_PIXELS_WHOLE = 20_000_000  # of a PNG or WebP, which cannot
LONGEST_SIDE = 2400  # pixels that are kept
QUALITY, SMALL_QUALITY = 88, 80
Image.MAX_IMAGE_PIXELS = None  # Pillow would only warn; `_decoded` refuses, before anything is decoded

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# A photo takes up to 350 MB while it is read (WebP; mostly below 200): one at a time in each process.
_one_at_a_time = threading.Lock()


class TooManyPixels(ValueError):
    """The photo says it is larger than what is decoded at all; `limit` is what its kind may have."""

    def __init__(self, limit):
        super().__init__(limit)
        self.limit = limit


class Unreadable(ValueError):
    """Not a JPEG, PNG or WebP, or not a whole one."""


def rewrite(source, target):
    """Write the picture of `source`, upright and without anything but its pixels, as JPEG to `target`.

    Gives its width and height in pixels. Raises TooManyPixels, Unreadable.
    """
    return _written(source, target, LONGEST_SIDE, "JPEG", quality=QUALITY, optimize=True)


def shrink(source, target, side, kind="WEBP"):
    """Write a WebP (or a JPEG, for paper) of `source` to `target`, no side longer than `side`. Raises as `rewrite`."""
    return _written(source, target, side, kind, quality=SMALL_QUALITY)


def _written(source, target, side, kind, **options):
    with _one_at_a_time:
        try:
            with Image.open(source, formats=FORMATS) as opened:
                picture = _decoded(opened, side)
            picture.save(target, kind, **options)
        except TooManyPixels:
            raise
        except Exception as fault:  # a decoder that reads what an attacker wrote raises anything
            log.info("A picture could not be read: %s", type(fault).__name__)
            raise Unreadable from fault
        return picture.size


def _decoded(opened, side):
    limit = MOST_PIXELS_WHOLE if opened.format in ("PNG", "WEBP") else MOST_PIXELS
    if opened.width * opened.height > limit:
        raise TooManyPixels(limit)
    opened.draft("RGB", (side, side))
    opened.load()
    turn = _UPRIGHT.get(opened.getexif().get(ExifTags.Base.Orientation))
    if opened.mode in ("RGB", "RGBA", "L", "CMYK"):
        opened.thumbnail((side, side))
    picture = _in_colour(opened)
    picture.thumbnail((side, side))
    # A picture of its own on white: what the file said beside its pixels stays behind.
    clean = Image.new("RGB", picture.size, "white")
    clean.paste(picture, mask=picture.getchannel("A") if picture.mode == "RGBA" else None)
    return clean.transpose(turn) if turn is not None else clean


def _in_colour(picture):
    """The picture in RGB, or in RGBA where it is transparent; 16-bit grey is scaled, not cut."""
    if picture.mode.startswith("I"):
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    wanted = "RGBA" if picture.has_transparency_data else "RGB"
    return picture if picture.mode == wanted else picture.convert(wanted)
