"""Setting type on paper: fonts for every script that names come in, and text that always fits.

Plain text (all letters in Noto Sans, nothing to join or stack) is written as it stands. Anything else
goes through HarfBuzz, with the font of its script. A letter that no font has is shown as unknown (�).
"""

from __future__ import annotations

import functools
import importlib.resources
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from fpdf import FPDF
from fpdf.enums import TextMode

WIDTH, HEIGHT = 612.0, 792.0
BLACK, GRAY, LIGHT = 0, 96, 190

# Font, package and file; the first is the one that everything is set in if it can be.
_SANS = ("sans", "fontpkg_noto_sans", "files/NotoSans[wdth,wght].ttf")
_MONO = ("mono", "fontpkg_ibm_plex_mono", "files/IBMPlexMono-SemiBold.ttf")
_HEBREW = ("hebrew", "fontpkg_heebo", "files/Heebo[wght].ttf")
_ARABIC = ("arabic", "fontpkg_noto_sans_arabic", "files/NotoSansArabic[wdth,wght].ttf")
_DEVANAGARI = ("devanagari", "fontpkg_noto_sans_devanagari", "files/NotoSansDevanagari[wdth,wght].ttf")
_THAI = ("thai", "fontpkg_noto_sans_thai", "files/NotoSansThai[wdth,wght].ttf")
_CHINESE = ("chinese", "paperang_p2_fonts_cjk", "fonts/wqy-microhei.ttc")
_SCRIPTS = (
    (0x0590, 0x05FF, _HEBREW), (0xFB1D, 0xFB4F, _HEBREW),
    (0x0600, 0x077F, _ARABIC), (0x08A0, 0x08FF, _ARABIC), (0xFB50, 0xFDFF, _ARABIC),
    (0xFE70, 0xFEFF, _ARABIC),
    (0x0900, 0x097F, _DEVANAGARI), (0xA8E0, 0xA8FF, _DEVANAGARI), (0x0E00, 0x0E7F, _THAI),
    (0x1100, 0x11FF, _CHINESE), (0x2E80, 0xA4CF, _CHINESE), (0xAC00, 0xD7FF, _CHINESE),
    (0xF900, 0xFAFF, _CHINESE), (0xFE30, 0xFE4F, _CHINESE), (0xFF00, 0xFFEF, _CHINESE),
)
_JOINERS = frozenset("\u200c\u200d")
_UNKNOWN = "\ufffd"


class Fitted(NamedTuple):
    """Text that fits its box: the size it has to have, and its lines."""

    size: float
    lines: tuple[str, ...]

    @property
    def leading(self) -> float:
        return self.size * 1.2

    @property
    def height(self) -> float:
        return self.leading * len(self.lines)


class Paper:
    """A PDF of US Letter pages. Points from the left and from the top; text stands on its baseline."""

    def __init__(self, title: str) -> None:
        self._pdf = FPDF(unit="pt", format="letter")
        self._pdf.set_auto_page_break(False)
        self._pdf.set_margin(0)
        self._pdf.c_margin = 0
        self._pdf.set_title(title)
        self._pdf.set_creator("Rollbook")
        self._loaded: list[str] = []
        self._load(_SANS)
        self._load(_MONO)
        self._fitted = functools.lru_cache(maxsize=4096)(self._fit)
        self._measured = functools.lru_cache(maxsize=16_384)(self._measure)

    @property
    def pages(self) -> int:
        return self._pdf.page

    def turn_page(self) -> None:
        self._pdf.add_page()

    def save(self, file: BinaryIO) -> None:
        """Write the PDF and close the fonts; the paper is of no use afterwards."""
        self._pdf.output(file)
        for name in self._loaded:
            self._pdf.fonts[name].close()

    def text(self, x: float, y: float, text: str, size: float, *, font: str = "sans", gray: int = BLACK,
             bold: bool = False, align: str = "left") -> None:
        """`text` on one line from `x`, or up to it (align "right"), or around it ("center")."""
        text = self._settable(text)
        if not text:
            return
        if align != "left":
            width = self.width(text, size, font)
            x -= width if align == "right" else width / 2
        pdf = self._pdf
        pdf.set_text_color(gray)
        with self._bold(bold, size):
            if self._prepare(text, size, font):
                pdf.text(x, y, text)
            else:
                # A cell's baseline lies 0.3 of the size below its middle.
                pdf.set_xy(x, y - 0.8 * size)
                pdf.cell(None, size, text)
                pdf.set_text_shaping(False)

    def width(self, text: str, size: float, font: str = "sans") -> float:
        """The width of `text` in points."""
        return self._measured(text, font) * size

    def fit(self, text: str, width: float, height: float, largest: float, *, font: str = "sans") -> Fitted:
        """`text` as large as it can be in a box, in as many lines as fit; never cut off.

        Lines break at spaces and after hyphens, dots, @ and _, inside a word only where it would have to
        be half its size otherwise. What is to be typed ("mono") stays on one line down to 6 points.
        """
        return self._fitted(self._settable(text), width, height, largest, font)

    def lines(self, x: float, y: float, fitted: Fitted, *, font: str = "sans", gray: int = BLACK,
              bold: bool = False) -> float:
        """Write `fitted` with its first baseline at `y`; gives the baseline after the last line."""
        for line in fitted.lines:
            self.text(x, y, line, fitted.size, font=font, gray=gray, bold=bold)
            y += fitted.leading
        return y

    def rule(self, x1: float, y1: float, x2: float, y2: float, *, width: float = 0.4, gray: int = LIGHT,
             dashed: bool = False) -> None:
        self._pdf.set_draw_color(gray)
        self._pdf.set_line_width(width)
        self._pdf.set_dash_pattern(2 if dashed else 0, 2 if dashed else 0)
        self._pdf.line(x1, y1, x2, y2)

    def picture(self, image: BinaryIO, x: float, y: float, side: float) -> None:
        """A square picture; the same file object is stored once however often it is drawn."""
        self._pdf.image(image, x, y, side, side)

    def _measure(self, text: str, font: str) -> float:
        """The width of `text` per point of its size."""
        plain = self._prepare(text, 100, font)
        width = self._pdf.get_string_width(text) / 100
        if not plain:
            self._pdf.set_text_shaping(False)
        return width

    def _fit(self, text: str, width: float, height: float, largest: float, font: str) -> Fitted:
        if font == "mono":
            one_line = self._largest(text, width, largest, font)
            if one_line >= 6:
                return Fitted(one_line, (text,))
        size = largest
        while True:
            lines = tuple(self._broken(text, width, size, font, inside_words=size <= 0.5 * largest))
            fitted = Fitted(size, lines)
            fits = fitted.height <= height and all(self.width(line, size, font) <= width for line in lines)
            if fits or size <= 1:
                return fitted
            size = max(1, size - (0.5 if size > 6 else 0.25))

    def _largest(self, text: str, width: float, largest: float, font: str) -> float:
        """The size in which `text` fills `width` on one line, at most `largest`."""
        return min(largest, largest * width / max(self.width(text, largest, font), 1))

    def _broken(self, text: str, width: float, size: float, font: str, *,
                inside_words: bool) -> Iterator[str]:
        """The lines of `text`, each as long as it can be."""
        line = ""
        for piece in _pieces(text):
            if not line or self.width((line + piece).rstrip(), size, font) <= width:
                line += piece
            else:
                yield line.rstrip()
                line = piece
            while inside_words and len(line) > 1 and self.width(line.rstrip(), size, font) > width:
                keep = _longest(line, lambda part: self.width(part, size, font) <= width)
                yield line[:keep]
                line = line[keep:]
        yield line.rstrip()

    def _settable(self, text: str) -> str:
        """`text`, with a question mark in a diamond for each letter that no font has."""
        if text.isascii() and text.isprintable():
            return text
        letters = []
        for letter in clean(text):
            font = _script(letter) or _SANS
            self._load(font)
            known = any(ord(letter) in self._pdf.fonts[name].cmap for name in (font[0], _SANS[0]))
            letters.append(letter if known or letter in _JOINERS else _UNKNOWN)
        return "".join(letters)

    def _prepare(self, text: str, size: float, font: str) -> bool:
        """Set the font for `text`; gives whether it is plain, else shaping is on."""
        pdf = self._pdf
        pdf.set_font(font, size=size)
        if text.isascii() or self._plain(text, font):
            return True
        pdf.set_fallback_fonts([name for name in self._loaded if name != font], exact_match=False)
        pdf.set_text_shaping(True)
        return False

    def _plain(self, text: str, font: str) -> bool:
        has = self._pdf.fonts[font].cmap
        return all(ord(letter) in has and not _script(letter) and unicodedata.category(letter)[0] != "M"
                   for letter in text)

    def _load(self, font: tuple[str, str, str]) -> None:
        name, package, path = font
        if name not in self._loaded:
            self._pdf.add_font(name, fname=_file(package, path))
            self._loaded.append(name)

    @contextmanager
    def _bold(self, bold: bool, size: float) -> Iterator[None]:
        """Bold by a thin outline: in every font alike, and no second font to embed."""
        if not bold:
            yield
            return
        with self._pdf.local_context(text_mode=TextMode.FILL_STROKE, line_width=size * 0.03,
                                     draw_color=self._pdf.text_color):
            yield


def clean(text: str) -> str:
    """`text` as it can be set: composed, one line, no control or direction characters."""
    if text.isascii() and text.isprintable():
        return text
    letters = []
    for letter in unicodedata.normalize("NFC", text):
        if letter.isspace():
            letters.append(" ")
        elif letter in _JOINERS or unicodedata.category(letter) not in ("Cc", "Cf", "Cs"):
            letters.append(letter)
    return " ".join("".join(letters).split())


def _pieces(text: str) -> Iterator[str]:
    """`text` in pieces that a line may end after."""
    start = 0
    for at, letter in enumerate(text, 1):
        if letter in " -@._":
            yield text[start:at]
            start = at
    if start < len(text) or not text:
        yield text[start:]


def _longest(line: str, fits) -> int:
    """How many letters of `line` fit, at least one; marks stay with their letter."""
    low, high = 1, len(line) - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(line[:middle]) else (low, middle - 1)
    while low < len(line) and unicodedata.combining(line[low]):
        low += 1
    return low


@functools.lru_cache(maxsize=4096)
def _script(letter: str) -> tuple[str, str, str] | None:
    """The font for the script of `letter`, None where the main font is the one."""
    code = ord(letter)
    return next((font for first, last, font in _SCRIPTS if first <= code <= last), None)


@functools.cache
def _file(package: str, path: str) -> Path:
    return Path(str(importlib.resources.files(package))) / path
