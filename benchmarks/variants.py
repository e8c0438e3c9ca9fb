"""What is asked for, and its path by server."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Variant:
    """An image that is wanted: a source, its width in pixels, and a number that makes it one nobody has asked for."""

    source: str
    width: int
    number: int
    format: str = "jpeg"
    quality: int = 80


def inkfish_path(variant):
    """Ours; imgproxy takes the same."""
    options = f"rs:fit:{variant.width}:0/q:{variant.quality}/f:{variant.format}/cb:{variant.number}"
    return f"/unsafe/{options}/plain/local:///{variant.source}"


def ipx_path(variant):
    # A quality makes it write PNGs with a palette.
    quality = "" if variant.format == "png" else f"q_{variant.quality},"
    return f"/w_{variant.width},{quality}f_{variant.format},n_{variant.number}/{variant.source}"


def thumbor_path(variant):
    filters = f"quality({variant.quality}):format({variant.format})"
    return f"/unsafe/{variant.width}x0/filters:{filters}/{variant.source}"


def image_filter_path(variant):
    """It writes the format of the source and nothing else."""
    return f"/{variant.width}/{variant.quality}/{variant.source}" if variant.format == "jpeg" else None


def with_quality(path_of, quality):
    """The paths of a server that is asked for another quality in place of that of the variant."""
    return lambda variant: path_of(replace(variant, quality=quality))
