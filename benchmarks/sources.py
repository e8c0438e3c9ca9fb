"""The pictures that are measured on, made once from wallpapers that Debian ships.

The photographs are cut, not scaled, so that they keep the grain of a camera, and written as most cameras' pictures reach a
shop: 4:2:0, quality 85. The smaller one has 0.9 bits a pixel, which is what photographs mostly have; one with many
more would measure the Huffman decoder alone, which is the same library on both sides.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from images import image_size

WALLPAPERS = Path("/usr/share/backgrounds")


@dataclass(frozen=True)
class Picture:
    """A file of the folder, and its size in pixels."""

    name: str
    width: int
    height: int

    def sizes_at(self, width):
        """The sizes that are right for a width: peers that scale what their decoder has scaled are a row off at some."""
        exact = self.height * width / self.width
        return [(width, round(exact) + off) for off in (0, -1, 1)]


PHOTOGRAPH = Picture("photograph.jpg", 2725, 2225)
LARGE = Picture("large.jpg", 4000, 3000)
PROGRESSIVE = Picture("progressive.jpg", 4224, 3168)
# The wallpaper that each is cut from, and what cjpeg is told beside quality and sampling.
CUTS = {
    PHOTOGRAPH: ("Dragonfly_by_Bolly.jpg", []),
    LARGE: ("Dragonfly_by_Bolly.jpg", []),
    PROGRESSIVE: ("mate/abstract/Elephants_5640x3172.jpg", ["-progressive"]),
}
# The width of graphics that are written in other formats.
GRAPHIC_WIDTH = 1600


def make_photographs(folder):
    """Makes the photographs that are cut."""
    folder.mkdir(parents=True, exist_ok=True)
    for photograph, (wallpaper, options) in CUTS.items():
        make(folder / photograph.name, lambda target: cut(photograph, wallpaper, options, target))


def copies(folder, photograph, count):
    """So many more names for a photograph; returns them."""
    stem = photograph.name.removesuffix(".jpg")
    return [link(folder / photograph.name, f"{stem}-{number}.jpg") for number in range(count)]


def wallpapers(folder):
    """All wallpapers that are JPEGs, every other one progressive: the same coefficients in other scans."""
    found = sorted(path for path in WALLPAPERS.rglob("*.jpg") if not path.is_symlink())
    names = [f"wallpaper-{number:02}.jpg" for number in range(len(found))]
    for number, (path, name) in enumerate(zip(found, names)):
        scans = ["-progressive"] if number % 2 else ["-optimize"]
        command = ["jpegtran", "-copy", "all", *scans, "-outfile"]
        make(folder / name, lambda target: subprocess.run([*command, target, path], check=True))
    return [picture(folder / name) for name in names]


def graphics(folder, write):
    """All wallpapers that are PNGs, and each of them as WebP and as GIF, which `write` makes of a name, a width and a
    format: the bytes of a file."""
    found = sorted(path for path in WALLPAPERS.rglob("*.png") if not path.is_symlink())
    names = []
    for number, path in enumerate(found):
        png = f"graphic-{number:02}.png"
        make(folder / png, lambda target: shutil.copyfile(path, target))
        names.append(png)
        for format in ("webp", "gif"):
            name = f"graphic-{number:02}.{format}"
            make(folder / name, lambda target: target.write_bytes(write(png, GRAPHIC_WIDTH, format)))
            names.append(name)
    return [picture(folder / name) for name in names]


def picture(path):
    """A file as it is."""
    return Picture(path.name, *image_size(path.read_bytes()))


def make(target, write):
    """Has a file written, unless it is there already; one that was not finished is not taken for it."""
    if target.exists():
        return
    unfinished = target.with_suffix(".part")
    write(unfinished)
    unfinished.rename(target)


def cut(photograph, wallpaper, options, target):
    """Cuts one photograph out of a wallpaper."""
    pixels = subprocess.run(["djpeg", "-ppm", WALLPAPERS / wallpaper], check=True, stdout=subprocess.PIPE).stdout
    middle = cut_middle(pixels, photograph.width, photograph.height)
    command = ["cjpeg", "-quality", "85", "-sample", "2x2", *options, "-outfile", target]
    subprocess.run(command, check=True, input=middle)


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
