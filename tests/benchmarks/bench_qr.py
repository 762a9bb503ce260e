"""P11: the by-reference QR: its version, and how often a bad photograph of it is read, in a seeded simulation.

A photograph: the code 300 pixels wide, tilted in perspective and turned, blurred, lit unevenly, with noise, then JPEG.
Every random number comes from the seed, so a run can be repeated; the reader is zxing-cpp, as our wallet calls it.
"""

from __future__ import annotations

import io
import math
import random
import statistics
from collections.abc import Sequence

import zxingcpp
from PIL import Image, ImageChops, ImageFilter

from issuer.offers.page import qr_png as offer_png
from passport.openid.oid4vci import offer_reference_uri
from tests.benchmarks.figures import OURS, Bar, Row, Section, Table, peak_megabytes
from tests.benchmarks.harness import ROUNDS
from verifier.requests.protocol import authorization_request
from verifier.requests.qr import QUIET_ZONE, qr_matrix, qr_png

PIXELS = 300
PER_ROUND = 22  # photographs of each link in a round: 9 rounds x 22 x 2 links are about 400
MUST, GOAL = 0.95, 0.99
_HANDLE = "q83vEjRWeJCrze8SNFZ4kA"  # 128 bits, as both services make
REQUEST = authorization_request(
    client_id="x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk",
    request_uri=f"https://verifier.example/r/{_HANDLE}",
)
OFFER = offer_reference_uri(f"https://issuer.example/o/school-a/offers/{_HANDLE}{_HANDLE[:21]}")  # 256 bits
_ONLY_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


def version(text: str) -> int:
    """The version of the QR (ISO/IEC 18004): 21 modules for 1, four more for each next."""
    return (len(qr_matrix(text)) - 2 * QUIET_ZONE - 17) // 4


def read(picture: Image.Image) -> list[str]:
    return [one.text for one in zxingcpp.read_barcodes(picture, formats=_ONLY_QR, text_mode=zxingcpp.TextMode.Plain)]


def photograph(code: Image.Image, seed: int, *, pixels: int = PIXELS) -> Image.Image:
    """A bad photograph of a code, the code with its quiet zone about `pixels` wide."""
    luck = random.Random(seed)
    size = round(pixels * 1.5)
    sheet = Image.new("L", (size, size), luck.randint(150, 235))
    place = (size - pixels) // 2
    sheet.paste(code.convert("L").resize((pixels, pixels), Image.Resampling.LANCZOS), (place, place))
    picture = _tilted(sheet, luck)
    picture = picture.filter(ImageFilter.GaussianBlur(luck.uniform(0.6, 2.0)))
    picture = _lit(picture, luck)
    picture = _noisy(picture, luck)
    stored = io.BytesIO()
    picture.save(stored, "JPEG", quality=luck.randint(25, 60))
    return Image.open(io.BytesIO(stored.getvalue())).convert("L")


def _tilted(sheet: Image.Image, luck: random.Random) -> Image.Image:
    """Up to 30 degrees aside and up or down, up to 20 degrees turned, as from one and a half sheet away."""
    size = sheet.width
    yaw, pitch, roll = (math.radians(luck.uniform(-limit, limit)) for limit in (30, 30, 20))
    distance = 1.5 * size
    corners = []
    for left, top in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)):
        turned_x = size * (left * math.cos(roll) - top * math.sin(roll))
        turned_y = size * (left * math.sin(roll) + top * math.cos(roll))
        aside = turned_x * math.sin(yaw)
        y = turned_y * math.cos(pitch) - aside * math.sin(pitch)
        depth = turned_y * math.sin(pitch) + aside * math.cos(pitch)
        scale = distance / (distance + depth)
        corners.append((size / 2 + turned_x * math.cos(yaw) * scale, size / 2 + y * scale))
    square = ((0, 0), (size, 0), (size, size), (0, size))
    grey = int(statistics.mean(sheet.getpixel((x, y)) for x in (0, size - 1) for y in (0, size - 1)))
    return sheet.transform(
        (size, size),
        Image.Transform.PERSPECTIVE,
        _perspective(corners, square),
        Image.Resampling.BICUBIC,
        fillcolor=grey,
    )


def _perspective(seen: Sequence[tuple[float, float]], flat: Sequence[tuple[float, float]]) -> list[float]:
    """The eight coefficients that take a point of the photograph to one of the sheet (Gauss-Jordan)."""
    rows = []
    for (x, y), (u, v) in zip(seen, flat, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    for at in range(8):
        best = max(range(at, 8), key=lambda row: abs(rows[row][at]))
        rows[at], rows[best] = rows[best], rows[at]
        rows[at] = [value / rows[at][at] for value in rows[at]]
        for other in range(8):
            if other != at:
                rows[other] = [one - rows[other][at] * mine for one, mine in zip(rows[other], rows[at], strict=True)]
    return [row[8] for row in rows]


def _lit(picture: Image.Image, luck: random.Random) -> Image.Image:
    """Light that falls off to one side, to as little as a third, and the shadow of a hand or a lamp's spot."""
    darkest = luck.uniform(0.33, 0.8)
    slope = Image.linear_gradient("L").resize((picture.width * 2, picture.height * 2)).rotate(luck.uniform(0, 360))
    edge = picture.width // 2
    slope = slope.crop((edge, edge, edge + picture.width, edge + picture.height))
    lit = ImageChops.multiply(picture, slope.point(lambda value: int(255 * (darkest + (1 - darkest) * value / 255))))
    spot = Image.radial_gradient("L").resize((picture.width, picture.height))
    shift = (luck.randint(-edge, edge), luck.randint(-edge, edge))
    strength = luck.uniform(0, 0.3)
    shadow = ImageChops.offset(spot, *shift).point(lambda value: int(255 * (1 - strength * (1 - value / 255))))
    return ImageChops.multiply(lit, shadow.filter(ImageFilter.GaussianBlur(picture.width / 10)))


def _noisy(picture: Image.Image, luck: random.Random) -> Image.Image:
    """About normal noise of standard deviation 5 to 18: the mean of three uniform pictures, scaled."""

    def uniform() -> Image.Image:
        return Image.frombytes("L", picture.size, luck.randbytes(picture.width * picture.height))

    mean = Image.blend(Image.blend(uniform(), uniform(), 0.5), uniform(), 1 / 3)
    gain = luck.uniform(5, 18) / (255 / math.sqrt(12) / math.sqrt(3))
    return ImageChops.add(picture, mean.point(lambda value: int(128 + (value - 128) * gain)), 1, -128)


def rate(text: str, picture: bytes, seeds: Sequence[int], *, pixels: int = PIXELS) -> float:
    """The share of the photographs that were read, and read right."""
    code = Image.open(io.BytesIO(picture))
    return sum(read(photograph(code, seed, pixels=pixels)) == [text] for seed in seeds) / len(seeds)


def section() -> Section:
    links = {"request": (REQUEST, qr_png(REQUEST)), "offer": (OFFER, offer_png(OFFER))}
    rounds = [range(at * PER_ROUND, (at + 1) * PER_ROUND) for at in range(ROUNDS)]
    rates = {name: tuple(rate(text, picture, seeds) for seeds in rounds) for name, (text, picture) in links.items()}
    overall = {name: statistics.mean(found) for name, found in rates.items()}
    rows = []
    for name, (text, _) in links.items():
        rows.append(Row(name=f"P11 version of the {name}'s QR (error correction M)", values=(float(version(text)),) * ROUNDS, must=5, goal=5, at_most=True, scale="{:.0f}"))  # fmt: skip
        rows.append(Row(name=f"P11 photographs of the {name}'s QR that are read", values=rates[name], must=MUST, goal=GOAL, scale="{:.1%}"))  # fmt: skip
    growth = []
    for pixels in (150, 200, 250, 300, 400):
        some = {name: rate(text, picture, range(40), pixels=pixels) for name, (text, picture) in links.items()}
        growth.append((str(pixels), *(f"{share:.0%}" for share in some.values())))
    by_version = []
    for length in (60, 84, 106, 122, 152, 180, 213):  # what fits in 4-M to 10-M
        text = ("https://verifier.example/r/" + _HANDLE * 9)[:length]
        by_version.append((f"{version(text)}-M", str(length), f"{rate(text, qr_png(text), range(100)):.0%}"))
    return Section(
        key="P11",
        title="By-reference QR, in bad photographs",
        method=f"{ROUNDS * PER_ROUND} seeded photographs of each link, the code {PIXELS} pixels wide; the picture that "
        "the services serve; read by zxing-cpp as our wallet reads. Read right: exactly one code, with the same text.",
        rows=rows,
        bars=[
            Bar(label=f"the {name}'s QR, all photographs", value=value, kind=OURS) for name, value in overall.items()
        ],
        unit="of the photographs that are read (longer is better)",
        must=MUST,
        goal=GOAL,
        tables=[
            Table(
                title=f"By width, 40 photographs each (peak of the process: {peak_megabytes():.0f} MB)",
                head=("pixels", *links),
                rows=tuple(growth),
            ),
            Table(
                title=f"By version, at {PIXELS} pixels, 100 photographs each",
                head=("version", "characters", "read"),
                rows=tuple(by_version),
            ),
        ],
        notes=[f"All rounds together: {', '.join(f'{name} {value:.1%}' for name, value in overall.items())}."],
    )
