"""The photographs that are measured on, made once from a wallpaper that Debian ships.

They are cut, not scaled, so that they keep the grain of a camera, and written as most cameras' pictures reach a
shop: 4:2:0, quality 85. The smaller one has 0.9 bits a pixel, which is what photographs mostly have; one with many
more would measure the Huffman decoder alone, which is the same library on both sides.
"""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

WALLPAPER = Path("/usr/share/backgrounds/Dragonfly_by_Bolly.jpg")


@dataclass(frozen=True)
class Photograph:
    """A cut from the middle of the wallpaper."""

    name: str
    width: int
    height: int


PHOTOGRAPH = Photograph("photograph.jpg", 2725, 2225)
LARGE = Photograph("large.jpg", 4000, 3000)


def make_sources(folder, copies):
    """Makes both photographs in `folder`, the large one also under `copies` names of its own.

    Returns the names of those copies.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for photograph in (PHOTOGRAPH, LARGE):
        make(photograph, folder / photograph.name)
    return [link(folder / LARGE.name, f"large-{number}.jpg") for number in range(copies)]


def make(photograph, target):
    """Cuts one photograph, unless it is there already."""
    if target.exists():
        return
    pixels = subprocess.run(["djpeg", "-ppm", WALLPAPER], check=True, stdout=subprocess.PIPE).stdout
    cut = cut_middle(pixels, photograph.width, photograph.height)
    unfinished = target.with_suffix(".part")
    with open(unfinished, "wb") as output:
        subprocess.run(["cjpeg", "-quality", "85", "-sample", "2x2"], check=True, input=cut, stdout=output)
    unfinished.rename(target)


def cut_middle(pixels, width, height):
    """A PPM of the middle `width` by `height` pixels of a PPM as djpeg writes it, without comments."""
    magic, size, depth, rest = pixels.split(b"\n", 3)
    full_width, full_height = map(int, size.split())
    if (magic, depth) != (b"P6", b"255") or full_width < width or full_height < height:
        raise ValueError(f"cannot cut {width}x{height} from a picture of {full_width}x{full_height}")
    left, top = (full_width - width) // 2, (full_height - height) // 2
    starts = (((top + row) * full_width + left) * 3 for row in range(height))
    rows = [rest[start : start + width * 3] for start in starts]
    return b"P6\n%d %d\n255\n" % (width, height) + b"".join(rows)


def link(original, name):
    """Gives a file one more name beside it, and returns that name."""
    other = original.with_name(name)
    if not other.exists():
        os.link(original, other)
    return name
