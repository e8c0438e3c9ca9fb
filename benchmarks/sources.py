"""The photographs that are measured on, made once from a Debian package of wallpapers.

They are cut, not scaled, so that they keep the grain of a camera, and written as most cameras' pictures reach a
shop: 4:2:0, quality 85.
"""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

WALLPAPERS = Path("/usr/share/backgrounds")


@dataclass(frozen=True)
class Photograph:
    """A cut from the middle of a wallpaper."""

    name: str
    wallpaper: str
    width: int
    height: int


MOUNTAIN = Photograph("mountain.jpg", "picosdeeuropa_by_Aitzol_Berasategi.jpg", 2725, 2225)
DRAGONFLY = Photograph("dragonfly.jpg", "Dragonfly_by_Bolly.jpg", 4000, 3000)


def make_sources(folder, copies):
    """Makes both photographs in `folder`, the large one also under `copies` names of its own.

    Returns the names of those copies.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for photograph in (MOUNTAIN, DRAGONFLY):
        make(photograph, folder / photograph.name)
    return [link(folder / DRAGONFLY.name, f"dragonfly-{number}.jpg") for number in range(copies)]


def make(photograph, target):
    """Cuts one photograph, unless it is there already."""
    if target.exists():
        return
    pixels = subprocess.run(
        ["djpeg", "-ppm", WALLPAPERS / photograph.wallpaper], check=True, stdout=subprocess.PIPE
    ).stdout
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
