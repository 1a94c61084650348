"""Photos decoded and written anew, in bounded memory. Knows neither the store nor the web."""

import logging
import threading

from PIL import Image, ImageOps

log = logging.getLogger(__name__)

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 2400  # pixels that are kept
QUALITY, SMALL_QUALITY = 88, 80
Image.MAX_IMAGE_PIXELS = MOST_PIXELS

# A photo of 40 megapixels takes some 160 MB while it is read: one at a time in each process.
_one_at_a_time = threading.Lock()


class TooManyPixels(ValueError):
    """The photo says it is larger than what is decoded at all."""


class Unreadable(ValueError):
    """Not a JPEG, PNG or WebP, or not a whole one."""


def rewrite(source, target):
    """Write the picture of `source`, upright and without anything but its pixels, as JPEG to `target`.

    Gives its width and height in pixels. Raises TooManyPixels, Unreadable.
    """
    return _written(source, target, LONGEST_SIDE, "JPEG", quality=QUALITY, optimize=True)


def shrink(source, target, side):
    """Write a WebP of `source` to `target`, no side longer than `side`. Raises as `rewrite`."""
    return _written(source, target, side, "WEBP", quality=SMALL_QUALITY)


def _written(source, target, side, kind, **options):
    with _one_at_a_time:
        try:
            with Image.open(source, formats=FORMATS) as opened:
                picture = _decoded(opened, side)
            picture.save(target, kind, **options)
        except (TooManyPixels, Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise TooManyPixels from None
        except Exception as fault:  # a decoder that reads what an attacker wrote raises anything
            log.info("A picture could not be read: %s", type(fault).__name__)
            raise Unreadable from fault
        return picture.size


def _decoded(opened, side):
    if opened.width * opened.height > MOST_PIXELS:
        raise TooManyPixels
    opened.draft("RGB", (side, side))  # a JPEG is decoded at a fraction of its size
    opened.load()
    picture = ImageOps.exif_transpose(_flat(opened))
    picture.thumbnail((side, side))
    # A picture of its own: what the file said beside its pixels stays behind.
    clean = Image.new("RGB", picture.size)
    clean.paste(picture)
    return clean


def _flat(picture):
    """The picture in RGB, on white where it is transparent; 16-bit grey is scaled, not cut."""
    if picture.mode.startswith("I"):
        grey = picture.convert("I").point(lambda value: value / 256)
        return _with_exif(grey.convert("RGB"), picture)
    if picture.has_transparency_data:
        layered = picture.convert("RGBA")
        white = Image.new("RGB", picture.size, "white")
        white.paste(layered, mask=layered.getchannel("A"))
        return _with_exif(white, picture)
    return picture if picture.mode == "RGB" else _with_exif(picture.convert("RGB"), picture)


def _with_exif(made, picture):
    made.info["exif"] = picture.getexif().tobytes()  # says which way is up
    return made
