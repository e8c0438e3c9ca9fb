"""Reads the size of a picture from its headers."""

# SOF0 to SOF15, less DHT, JPG and DAC, which share their range.
FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def jpeg_size(data):
    """The (width, height) of a JPEG; anything else is a ValueError."""
    if data[:2] != b"\xff\xd8" or data[-2:] != b"\xff\xd9":
        raise ValueError("not a whole JPEG")
    position = 2
    while position + 9 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        length = int.from_bytes(data[position + 2 : position + 4], "big")
        if marker in FRAMES:
            height = int.from_bytes(data[position + 5 : position + 7], "big")
            width = int.from_bytes(data[position + 7 : position + 9], "big")
            return width, height
        position += 2 + length
    raise ValueError("a JPEG without a frame")


def webp_size(data):
    """The (width, height) of a WebP of one frame, by its first chunk (RFC 9649, 2.4 to 2.7)."""
    if len(data) < 30 or int.from_bytes(data[4:8], "little") + 8 > len(data):
        raise ValueError("not a whole WebP")
    kind, chunk = data[12:16], data[20:30]
    if kind == b"VP8 ":
        return tuple(int.from_bytes(chunk[at : at + 2], "little") & 0x3FFF for at in (6, 8))
    if kind == b"VP8L":
        bits = int.from_bytes(chunk[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return tuple(int.from_bytes(chunk[at : at + 3], "little") + 1 for at in (4, 7))


def png_size(data):
    """The (width, height) of a PNG."""
    if data[-8:-4] != b"IEND":
        raise ValueError("not a whole PNG")
    return tuple(int.from_bytes(data[at : at + 4], "big") for at in (16, 20))


def gif_size(data):
    """The (width, height) of a GIF's canvas."""
    return tuple(int.from_bytes(data[at : at + 2], "little") for at in (6, 8))


def image_size(data):
    """The (width, height) of a JPEG, PNG, GIF or WebP; anything else is a ValueError."""
    if data[:4] == b"GIF8":
        return gif_size(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return webp_size(data)
    return png_size(data) if data[:8] == b"\x89PNG\r\n\x1a\n" else jpeg_size(data)
