"""Prints the paths that the client for Python makes, one a line: the client, the option, the path.

urls.py SOURCE KEY SALT: the URL of a photograph, and the hex pair that signs.
"""

import sys

from imgproxy import ImgProxy

CHOICES = {
    "nothing": {},
    "fit": {"resizing_type": "fit", "width": 100, "height": 80},
    "fill": {"resizing_type": "fill", "width": 100, "height": 80, "gravity": "sm"},
    "auto": {"resizing_type": "auto", "width": 100, "height": 80, "enlarge": True},
    "gravity": {"resizing_type": "fill", "width": 50, "height": 50, "gravity": "nowe"},
    "extension": {"width": 100, "extension": "webp"},
    "advanced": {"width": 100, "advanced": ["q:60", "blur:2"]},
}


def main():
    source, key, salt = sys.argv[1:]
    for name, choices in CHOICES.items():
        print("python", name, ImgProxy(source, key=key, salt=salt, **choices)(), sep="\t")


if __name__ == "__main__":
    main()
