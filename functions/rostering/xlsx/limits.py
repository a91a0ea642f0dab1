"""Every number the reader goes by: import sheet, section 4.3, and `limits` of its JSON twin."""

from __future__ import annotations

MIB = 1 << 20

# The file and its parts.
FILE_BYTES = 20 * MIB
ZIP_PARTS = 512
ZIP_DIRECTORY_BYTES = MIB               # ours: 512 entries with long names need a fifth of it
UNPACKED_BYTES = 512 * MIB
PART_BYTES = 200 * MIB
PART_RATIO = 200
PART_RATIO_ABOVE_BYTES = MIB
SMALL_PART_BYTES = 4 * MIB              # content types, workbook, relationships, properties
STYLES_BYTES = 32 * MIB
CELL_FORMATS = 65_490
SHARED_STRINGS = 1_000_000
SHARED_STRING_CHARS = 64 * MIB
TABS = 20

# XML.
XML_DEPTH = 24
XML_ATTRIBUTES = 64
XML_ATTRIBUTE_CHARS = 8_192
XML_TOKEN_BYTES = MIB
XML_NAMES = 2_000                       # ours: a parser keeps every distinct name it has met

# Cells.
SHEET_ROWS = 1_048_576
SHEET_COLUMNS = 16_384
COLUMNS_READ = 50
DATA_ROWS = 200_000
RAW_CELL_CHARS = 32_767
CELL_CHARS = 1_000
FAR_HEADER_CHARS = 200                  # ours: of a header right of all columns read
MERGES = 100_000                        # ours: merged ranges that touch the columns read
ZERO_FORMAT_DIGITS = 64                 # ours: the longest id

# How the work is cut up; no result depends on these.
READ_BYTES = 256 << 10
TOP_READ_BYTES = 16 << 10             # for the first rows only
BATCH_ROWS = 2_000
CHUNKS_PER_BATCH = 4
STRING_LIST_BYTES = 48 * MIB            # shared strings above it are packed
STRING_BLOCK_BYTES = 64 << 10
STRING_PLAIN_BYTES = 32 * MIB           # packed shared strings above it are compressed
NUMBERS_REMEMBERED = 20_000
