"""Draws figures as SVG."""

from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 60, 150, 40, 50
# Told apart by people who do not see all colours (Okabe and Ito).
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
TICKS = 6
# Of bars: where they begin, how long the longest are, and how many times the aim that is.
BAR_LEFT, BAR_WIDTH, MOST_TIMES = 420, 240, 3


def cumulative(title, unit, series, span):
    """The share of each series that is at most so much: a line for each, over `span`."""
    across = Scale(span, (LEFT, WIDTH - RIGHT))
    down = Scale((0, 1), (HEIGHT - BOTTOM, TOP))
    lines = [
        line(name, sorted(values), COLORS[number % len(COLORS)], (across, down), number)
        for number, (name, values) in enumerate(series.items())
        if values
    ]
    return svg(title, unit, axes(across, down) + "".join(lines))


def aims(title, verdicts):
    """Every figure as a bar, as so many times its aim: 1 and above is met."""
    step, top = 22, TOP + 10
    bars = []
    for number, verdict in enumerate(verdicts):
        y, width = top + step * number, min(times_the_aim(verdict), MOST_TIMES) / MOST_TIMES * BAR_WIDTH
        color = COLORS[2] if verdict.is_met() else COLORS[1]
        bars.append(f'<text x="{BAR_LEFT - 8}" y="{y + 12}" text-anchor="end">{escape(verdict.work)}</text>')
        bars.append(f'<rect x="{BAR_LEFT}" y="{y}" width="{width:.1f}" height="16" fill="{color}"/>')
        bars.append(f'<text x="{BAR_LEFT + width + 6:.1f}" y="{y + 12}">{verdict.figure:.2f} {escape(verdict.remark)}</text>')
    height = top + step * len(verdicts) + BOTTOM
    at_one = BAR_LEFT + BAR_WIDTH / MOST_TIMES
    bars.append(f'<line x1="{at_one}" y1="{TOP}" x2="{at_one}" y2="{height - BOTTOM}" stroke="#000"/>')
    size = (BAR_LEFT + BAR_WIDTH + RIGHT, height)
    return svg(title, "times the aim", "".join(bars), size)


def times_the_aim(verdict):
    """How far a figure is past its aim, which is 0 at least: 1 is just met."""
    if not verdict.at_most:
        return verdict.figure / verdict.aim
    return verdict.aim / verdict.figure if verdict.figure else MOST_TIMES


class Scale:
    """From values to where they are drawn."""

    def __init__(self, values, places):
        self.values = values
        self.places = places

    def at(self, value):
        (low, high), (start, end) = self.values, self.places
        part = (min(max(value, low), high) - low) / (high - low)
        return start + part * (end - start)

    def ticks(self):
        low, high = self.values
        return [low + (high - low) * number / TICKS for number in range(TICKS + 1)]


def line(name, values, color, scales, number):
    across, down = scales
    count = len(values)
    points = " ".join(f"{across.at(value):.1f},{down.at((at + 1) / count):.1f}" for at, value in enumerate(values))
    label_y = TOP + 14 + 20 * number
    return (
        f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="1.6"/>'
        f'<text x="{WIDTH - RIGHT + 12}" y="{label_y}" fill="{color}">{escape(name)}</text>'
    )


def axes(across, down):
    left, right = across.places
    bottom, top = down.places
    drawn = []
    for value in across.ticks():
        x = across.at(value)
        drawn.append(f'<line x1="{x:.1f}" y1="{bottom}" x2="{x:.1f}" y2="{top}" stroke="#ddd"/>')
        drawn.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{value:g}</text>')
    for part in (0, 0.25, 0.5, 0.75, 1):
        y = down.at(part)
        drawn.append(f'<line x1="{left}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}" stroke="#ddd"/>')
        drawn.append(f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{part:.0%}</text>')
    return "".join(drawn)


def svg(title, unit, body, size=(WIDTH, HEIGHT)):
    width, height = size
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">'
        f'<rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="{LEFT}" y="24" font-size="15">{escape(title)}</text>'
        f'<text x="{(LEFT + width - RIGHT) / 2}" y="{height - 12}" text-anchor="middle">{escape(unit)}</text>{body}</svg>\n'
    )
