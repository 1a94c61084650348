"""Decoding and re-encoding of photos in bounded memory. Also a script of `limited_process`; imports nothing of ours."""

import json
import re
import sys

from PIL import ExifTags, Image

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_JPEG_PIXELS = 40_000_000  # a JPEG can be decoded at a fraction of its size
MAX_OTHER_PIXELS = 20_000_000  # a PNG or WebP cannot
MAX_SCANS = 64  # of a JPEG; a progressive one has about ten, and each costs time for all pixels
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
_JPEG_MARKER = re.compile(rb"\xff([^\x00\xff])", re.DOTALL)
_END, _SCAN = 0xD9, 0xDA
_WITHOUT_LENGTH = (0x01, *range(0xD0, 0xD9))


class TooManyPixels(ValueError):
    """The header of the photo states more pixels than `limit`, the maximum of its format."""

    def __init__(self, limit):
        super().__init__(limit)
        self.limit = limit


class TooManyScans(ValueError):
    """The JPEG has more than `MAX_SCANS` scans."""


class UnreadableImage(ValueError):
    """The file is not a complete JPEG, PNG or WebP."""


def reencode(source, target):
    """Write the photo of `source` upright and without metadata as JPEG to `target`.

    Return its width and height in pixels. Raises TooManyPixels, TooManyScans, UnreadableImage, MemoryError.
    """
    return _write_image(source, target, MAX_SIDE, "JPEG", quality=QUALITY, optimize=True)


def write_thumbnail(source, target, side, kind="WEBP"):
    """Write a WebP (or a JPEG, for a printout) of the stored photo `source` to `target`, no side longer than `side`.

    The photo was encoded by `reencode`, so it is decoded without another process. Raises UnreadableImage.
    """
    return _write_image(source, target, side, kind, quality=THUMBNAIL_QUALITY)


def count_scans(content):
    """Return the number of scans of a JPEG, counted up to its end or to one more than `MAX_SCANS`."""
    position, scans = 0, 0
    while scans <= MAX_SCANS and (marker := _JPEG_MARKER.search(content, position)):
        kind, position = marker[1][0], marker.end()
        if kind == _END:
            break
        scans += kind == _SCAN
        if kind not in _WITHOUT_LENGTH:
            position += int.from_bytes(content[position : position + 2])
    return scans


def _write_image(source, target, side, kind, **options):
    try:
        with Image.open(source, formats=FORMATS) as opened:
            picture = _decode(opened, side)
        picture.save(target, kind, **options)
    except (TooManyPixels, TooManyScans, MemoryError):
        raise
    except Exception as error:  # a decoder may raise anything on data of an attacker
        raise UnreadableImage from error
    return picture.size


def _decode(opened, side):
    limit = MAX_OTHER_PIXELS if opened.format in ("PNG", "WEBP") else MAX_JPEG_PIXELS
    if opened.width * opened.height > limit:
        raise TooManyPixels(limit)
    if opened.format not in ("PNG", "WEBP"):
        opened.fp.seek(0)
        if count_scans(opened.fp.read()) > MAX_SCANS:
            raise TooManyScans
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


def main():
    """Re-encode the photo of the standard input. Print its size or the kind of error."""
    try:
        width, height = reencode(sys.stdin.buffer, sys.stdout.buffer)
        result = {"width": width, "height": height}
    except TooManyPixels as error:
        result = {"error": "pixels", "limit": error.limit}
    except TooManyScans:
        result = {"error": "complex"}
    except UnreadableImage:
        result = {"error": "unreadable"}
    sys.stderr.write(json.dumps(result))


if __name__ == "__main__":
    main()
