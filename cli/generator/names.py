"""People's names as a district has them: accents, apostrophes, hyphens, several scripts."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from random import Random
from typing import NamedTuple


class Culture(NamedTuple):
    """First names and last names that go together, and how many families of 100 have them."""

    share: float
    girls: tuple[str, ...]
    boys: tuple[str, ...]
    last: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    """The words of `text`; an underscore is a space inside a name."""
    return tuple(word.replace("_", " ") for word in text.split())


_CULTURES = (
    Culture(46, _words(
        "Mary Emma Olivia Ava Charlotte Amelia Harper Evelyn Abigail Emily Ella Scarlett Grace Chloe Lily "
        "Hannah Addison Aubrey Zoey Nora Riley Leah Hazel Audrey Claire Lucy Skylar Paisley Anna Caroline "
        "Kennedy Samantha Maya Willow Naomi Aaliyah Elena Sarah Ariana Allison Gabriella Alice Madelyn Cora "
        "Ruby Eva Autumn Adeline Hailey Gianna Jade Kinsley Piper Quinn Josephine Delilah Ivy Sadie Clara "
        "Mary-Kate Anne-Marie D'Andra Zoë Chloë Renée Brianna Destiny Imani Tiana Keisha Ebony Nia Jasmine"),
        _words(
        "James Liam Noah William Oliver Benjamin Elijah Lucas Mason Logan Ethan Jacob Jackson Levi Owen "
        "Samuel Henry Wyatt John Jack Luke Jayden Dylan Grayson Isaac Gabriel Julian Anthony Jaxon Lincoln "
        "Joshua Christopher Andrew Theodore Caleb Ryan Asher Nathan Thomas Leo Isaiah Charles Josiah Hudson "
        "Christian Hunter Connor Eli Aaron Landon Adrian Jonathan Nolan Jeremiah Easton Colton Carson Miles "
        "Jean-Luc D'Angelo De'Shawn Ja'Marcus André Malik Darius Terrence Jamal Xavier Marcus Tyrone Devin"),
        _words(
        "Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Thomas Taylor Moore Jackson Martin "
        "Lee Thompson White Harris Clark Lewis Robinson Walker Young Allen King Wright Scott Hill Green "
        "Adams Nelson Baker Hall Campbell Mitchell Carter Roberts Phillips Evans Turner Parker Collins "
        "Edwards Stewart Morris Murphy Cook Rogers Morgan Cooper Peterson Bailey Reed Kelly Howard Ward "
        "Cox Richardson Watson Brooks Wood James Bennett Gray Hughes Price Myers Long Foster Sanders Ross "
        "Powell Sullivan Russell Jenkins Perry Butler Barnes Fisher Henderson Coleman Simmons Patterson "
        "Jordan Reynolds Hamilton Graham Kim Wallace West Cole Hayes Bryant Washington Jefferson Banks "
        "Freeman Joseph Booker St._John McDonald MacGregor Smith-Jones Taylor-Reed Wells-Barnett")),
    Culture(22, _words(
        "María Sofía Valentina Camila Isabella Lucía Ximena Daniela Mariana Victoria Elena Natalia Andrea "
        "Alejandra Gabriela Guadalupe Fernanda Paola Renata Inés Rocío Itzel Belén Ana_Sofía Luz_María"),
        _words(
        "José Santiago Mateo Diego Sebastián Ángel Alejandro Daniel Miguel Luis Carlos Juan Jesús Andrés "
        "Joaquín Emiliano Rafael Iván Tomás Martín Óscar Raúl Héctor Adrián Nicolás José_Luis Juan_Carlos"),
        _words(
        "García Rodríguez Martínez Hernández López González Pérez Sánchez Ramírez Torres Flores Rivera "
        "Gómez Díaz Reyes Morales Cruz Ortiz Gutiérrez Chávez Ramos Ruiz Álvarez Mendoza Vásquez Castillo "
        "Jiménez Muñoz Núñez Peña Ibáñez de_la_Cruz del_Río García-Ruiz López_Ortega Vega_Solís "
        "Rivera-Cruz")),
    Culture(6, _words("Caitlin Siobhán Aoife Niamh Maeve Róisín Fiona Bridget Saoirse Orla"),
            _words("Connor Seán Liam Declan Brendan Patrick Rory Cillian Oisín Finn"),
            _words("O'Brien O'Connor O'Sullivan O'Neill O'Hara-Ruiz O\u2019Donnell D'Arcy Fitzgerald "
                   "McCarthy Ó_Briain Gallagher Kennedy Doyle Byrne")),
    Culture(6, _words("Nguyệt Linh Mai Thảo Hương Lan Ngọc Trang Phương Yến"),
            _words("Minh Huy Tuấn Đức Dũng Hùng Khoa Long Nam Nguyễn"),
            _words("Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Ngô")),
    Culture(5, _words("Wei Xinyi Mei Jia Yuki Sakura Hana Min-ji Seo-yeon Ji-woo Yuna Lihua"),
            _words("Jun Hao Kai Wei Haruto Ren Ji-ho Min-jun Hyun Kenji Tao Yichen"),
            _words("Chen Wang Li Zhang Liu Yang Huang Wu Lin Tanaka Sato Kim Park Choi Lee Kang Yoon")),
    Culture(5, _words("Aanya Priya Ananya Diya Saanvi Meera Kavya Isha Fatima Ayesha Zainab Noor Layla"),
            _words("Aarav Arjun Rohan Vihaan Krishna Ishaan Dev Muhammad Omar Yusuf Ibrahim Ali Hamza"),
            _words("Patel Singh Kumar Sharma Gupta Khan Ahmed Hussain Reddy Rao Kaur Shah Iyer Al-Masri "
                   "El-Sayed bin_Rashid")),
    Culture(4, _words("Zofia Łucja Małgorzata Agnieszka Zuzanna Øyunn Åsa Søs Jürgena Käthe Ioana Željka"),
            _words("Łukasz Michał Wojciech Paweł Jürgen Björn Søren Åke Ștefan Željko Jiří Çelik"),
            _words("Żak Wiśniewski Dąbrowski Müller Groß Jørgensen Åkesson Țepeș Kovačević Dvořák Šimić "
                   "Nowak Kowalczyk Lindström Öztürk")),
    Culture(2, _words("Kaʻiulani Leilani Mahina Noelani Keala"), _words("Kekoa Kaleo Keoni Kawika Ikaika"),
            _words("Kealoha Kahananui Kaʻaihue Kamakawiwoʻole Mahoe")),
    Culture(1.5, _words("Анна София Мария Ольга Дарья"), _words("Иван Алексей Дмитрий Никита Максим"),
            _words("Шевченко Коваленко Бондаренко Ткаченко Кравченко")),
    Culture(1.2, _words("欣怡 小美 雅婷 思涵"), _words("小龙 浩然 子轩 宇航"), _words("李 王 张 刘 陈")),
    Culture(0.7, _words("ليلى فاطمة مريم نور"), _words("محمد أحمد يوسف عمر"),
            _words("حداد نجار خوري منصور")),
    Culture(0.6, _words("יעל נועה תמר"), _words("דוד משה איתי"), _words("כהן לוי מזרחי")),
)
_SHARES = [culture.share for culture in _CULTURES]

_NICKNAMES = {
    "William": "Will", "Benjamin": "Ben", "Elijah": "Eli", "Samuel": "Sam", "Joshua": "Josh",
    "Andrew": "Drew", "Christopher": "Chris", "Theodore": "Teddy", "Thomas": "Tommy", "Jonathan": "Jon",
    "José": "Pepe", "Guadalupe": "Lupita", "Francisco": "Paco", "Abigail": "Abby", "Charlotte": "Charlie",
    "Samantha": "Sam", "Josephine": "Josie", "Gabriella": "Gabby", "Alejandro": "Alex",
    "Alejandra": "Ale", "Daniel": "Danny", "小龙": "Bruce",
    "欣怡": "Cindy", "浩然": "Howard", "小美": "May", "雅婷": "Tina", "子轩": "Jason",
}


def family(random: Random) -> tuple[Culture, str]:
    """A family's culture and last name."""
    culture = random.choices(_CULTURES, _SHARES)[0]
    return culture, random.choice(culture.last)


def first(random: Random, culture: Culture, *, girl: bool, taken: Collection[str] = ()) -> str:
    """A first name, none of `taken` as long as the culture has others."""
    known = culture.girls if girl else culture.boys
    return random.choice([name for name in known if name not in taken] or known)


def nickname(random: Random, first: str, culture: Culture) -> str:
    """The name a child goes by: a usual short form, else another first name."""
    return _NICKNAMES.get(first) or random.choice(culture.girls + culture.boys)


def letters(name: str) -> str:
    """The plain letters a-z of a name, for mail addresses; "" for other scripts."""
    plain = unicodedata.normalize("NFKD", name.translate(_TO_ASCII)).lower()
    return "".join(letter for letter in plain if "a" <= letter <= "z")


_TO_ASCII = str.maketrans({"ß": "ss", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d"})

_PLACES = _words("Pine Maple Oak Cedar Willow Birch Spring River Lake Stone Clear North South East West "
                 "Sunny Green Silver Golden Eagle Fox Deer Harbor Mill Orchard Prairie Valley Summit "
                 "Meadow Canyon")
_ENDINGS = _words("Hill Grove Creek Ridge View Park Brook Field Point Glen Bend Run Hollow Crossing "
                  "Springs Heights Landing Terrace Woods Bluff")


def place(number: int) -> str:
    """The `number`-th place name, for schools; 620 differ, then they are numbered."""
    size = len(_PLACES) * len(_ENDINGS)
    round_, index = number // size, number * 7 % size
    name = f"{_PLACES[index % len(_PLACES)]} {_ENDINGS[index // len(_PLACES)]}"
    return f"{name} {round_ + 1}" if round_ else name
