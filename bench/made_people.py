# ruff: noqa: E501 - lists of words
"""People as a chain of shops has them on file, and second files of some of them. Written from how households live and
how clerks err, not from how the matcher compares: it imports nothing of it.

Households share an address, often a landline, sometimes an e-mail address; children are filed under a parent's
mobile; brothers and sisters share a surname and often one character of the given name, twins a birthday too; a few
hundred surnames and characters make most names. Files lack fields, and some hold a placeholder birthday.
"""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from typing import Any

from faker.providers.person.en_US import Provider as English
from faker.providers.person.zh_CN import Provider as Chinese

_ONE_CHARACTER = "伟敏静丽强磊军洋勇艳杰娟涛明超霞平刚芳娜秀英华慧建文斌宇浩凯俊婷雪玲琳鑫鹏飞波辉梅红燕颖倩莉佳健龙峰亮颖欣悦晨阳瑶璐琪岩帆博睿哲轩"
_TWO_CHARACTERS = (
    "子梓雨一思佳欣嘉文晓小志建国海春秋冬夏天宇浩泽明俊晨诗涵怡萱若语可欣雅琪梦婷淑兰桂英玉凤秀珍红霞丽华永福德正"
    "成家立业兴旺云龙飞鹏程远志强伟民军勇刚毅杰豪雄博文学思源清泉洁静安宁康乐晴朗月光星辰瑞雪松柏青山林峰岩石磊"
    "艺馨彤妍娜倩颖慧敏莹璐瑶琳珊珍珠宝钰锦绣彩虹晶莎莉芬芳菲菊荷莲梅竹兰芝蓉茜茹萍蕾薇"
)
_LOOK_ALIKE = ("末未", "己已", "日曰", "土士", "治冶", "晴睛", "莹萤", "茜西", "炎焱", "洁浩", "宇字", "佳住", "思恩", "建健",
               "明朋", "雨两", "瑶遥", "慧惠", "鑫金", "浩皓", "睿容", "萍苹", "晨晟", "梓锌", "涵函", "刚钢")  # fmt: skip
_STREETS = [
    "中山",
    "人民",
    "解放",
    "建设",
    "和平",
    "新华",
    "文化",
    "胜利",
    "长江",
    "黄河",
    "北京",
    "南京",
    "延安",
    "幸福",
    "光明",
    "友谊",
    "东风",
    "体育",
    "学院",
    "滨河",
    "湖滨",
    "工业",
    "朝阳",
    "迎宾",
    "青年",
]
_ENDS = ("路", "街", "大道", "巷", "东路", "西路", "南路", "北路")
_CITIES = (
    "上海",
    "北京",
    "广州",
    "深圳",
    "杭州",
    "成都",
    "武汉",
    "南京",
    "苏州",
    "重庆",
    "西安",
    "长沙",
    "青岛",
    "宁波",
    "厦门",
    "郑州",
)
_DISTRICTS = ("东城区", "西城区", "南山区", "新城区", "高新区", "江北区", "滨湖区", "开发区")
_PREFIXES = [
    "130",
    "131",
    "132",
    "133",
    "135",
    "136",
    "137",
    "138",
    "139",
    "150",
    "151",
    "152",
    "155",
    "156",
    "157",
    "158",
    "159",
    "176",
    "177",
    "178",
    "180",
    "181",
    "182",
    "185",
    "186",
    "187",
    "188",
    "189",
    "191",
    "199",
]
_MAILS = ("qq.com", "163.com", "126.com", "gmail.com", "outlook.com", "foxmail.com", "sina.com", "icloud.com")
_SHORT = {"Robert": "Bob", "William": "Bill", "Elizabeth": "Liz", "Katherine": "Kate", "Michael": "Mike", "James": "Jim",
          "Jennifer": "Jenny", "Christopher": "Chris", "Thomas": "Tom", "Margaret": "Peggy", "Patricia": "Pat"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One file. `person` is who it really is about."""

    id: int
    person: int
    name: str
    gender: str | None
    birth_on: date | None
    phone: str | None
    email: str | None
    city: str | None
    district: str | None
    address: str | None
    home_store_id: int | None


class _Weighted:
    """Draws from a table whose n-th entry is drawn about 1/n as often as its first."""

    def __init__(self, values: Any, weights: Any = None) -> None:
        self._values = list(values)
        self._sums = list(accumulate(weights or [1 / (n + 3) for n in range(len(self._values))]))

    def draw(self, rng: random.Random) -> str:
        return str(rng.choices(self._values, cum_weights=self._sums)[0])


def _surnames() -> _Weighted:
    names = Chinese.last_names
    return _Weighted(list(names), list(names.values()) if hasattr(names, "values") else None)


def _english(names: Any) -> _Weighted:
    return _Weighted(list(names), list(names.values()) if hasattr(names, "values") else None)


@cache
def pinyin(text: str) -> str:
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(text)).lower()


@cache
def _homophones() -> dict[str, str]:
    groups: dict[str, str] = {}
    for character in dict.fromkeys(_ONE_CHARACTER + _TWO_CHARACTERS + "玮炜薇微民闽境镜利立荔力芸耘珺君钧浚峻骏"):
        groups[pinyin(character)] = groups.get(pinyin(character), "") + character
    return groups


class Town:
    """Makes households, then second files. Everything follows from the seed."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._family = _surnames()
        self._first = {"female": _english(English.first_names_female), "male": _english(English.first_names_male)}
        self._last = _english(English.last_names)
        self._one, self._two = _Weighted(dict.fromkeys(_ONE_CHARACTER)), _Weighted(dict.fromkeys(_TWO_CHARACTERS))
        self._files: list[Made] = []

    def people(self, count: int, *, twice: float = 0.05) -> list[Made]:
        """`count` files, of which the share `twice` is somebody's second one; in no particular order."""
        first_files = round(count * (1 - twice))
        while len(self._files) < first_files:
            self._household()
        files = self._files[:first_files]
        for number, file in enumerate(self._rng.sample(files, count - first_files)):
            files.append(self._second(file, id=first_files + number + 1))
        self._rng.shuffle(files)
        return [replace(file, id=place + 1) for place, file in enumerate(files)]

    def _household(self) -> None:
        rng = self._rng
        latin = rng.random() < 0.08
        city, district = rng.choice(_CITIES), rng.choice(_DISTRICTS)
        address, landline = self._address(), f"+8621{rng.randrange(20_000_000, 69_999_999)}"
        store = _CITIES.index(city) * 5 + rng.randrange(5) + 1
        mailbox = f"{rng.choice(('family', 'home', 'happy', 'jia'))}{rng.randrange(10_000)}@{rng.choice(_MAILS)}"
        size = rng.choices((1, 2, 3, 4, 5), (44, 26, 18, 9, 3))[0]
        father, mother, shared = self._surname(latin), self._surname(latin), self._two.draw(rng)
        parent_phone, born_before, twin_of = None, None, None
        for place in range(size):
            gender = ("male", "female")[place] if place < 2 and size > 1 else rng.choice(("male", "female"))
            child = place >= 2
            surname = father if child or place == 0 else mother
            if latin and place == 1 and rng.random() < 0.7:
                surname = father
            name = self._name(surname, gender, latin, shared if child and rng.random() < 0.35 else None)
            born = self._born(child)
            if child and born_before is not None and rng.random() < 0.04:
                born, gender = born_before, twin_of if rng.random() < 0.6 and twin_of else gender
            if child:
                born_before, twin_of = born, gender
            phone: str | None = self._mobile()
            if child and parent_phone and rng.random() < 0.45:
                phone = parent_phone
            elif rng.random() < 0.03:
                phone = landline
            if place < 2:
                parent_phone = phone
            mail = mailbox if rng.random() < 0.04 else self._mail(name, born)
            said_born = None if rng.random() < 0.25 else date(1990, 1, 1) if rng.random() < 0.01 else born
            has_address = rng.random() < 0.6
            self._files.append(
                Made(
                    id=len(self._files) + 1,
                    person=len(self._files) + 1,
                    name=name,
                    gender=None if rng.random() < 0.15 else gender,
                    birth_on=said_born,
                    phone=None if rng.random() < 0.05 else phone,
                    email=None if rng.random() < 0.55 else mail,
                    city=city if rng.random() < 0.85 else None,
                    district=district if has_address else None,
                    address=address if has_address else None,
                    home_store_id=store if rng.random() < 0.9 else None,
                )
            )

    def _surname(self, latin: bool) -> str:
        return (self._last if latin else self._family).draw(self._rng)

    def _name(self, surname: str, gender: str, latin: bool, shared: str | None) -> str:
        rng = self._rng
        if latin:
            return f"{self._first[gender].draw(rng)} {surname}"
        if shared:
            return surname + shared + self._two.draw(rng)
        return surname + (self._one.draw(rng) if rng.random() < 0.22 else self._two.draw(rng) + self._two.draw(rng))

    def _born(self, child: bool) -> date:
        rng = self._rng
        middle, spread = (2010, 6) if child else (1984, 12)
        year = min(2020, max(1935, round(rng.gauss(middle, spread))))
        return date(year, 1, 1) + timedelta(days=rng.randrange(365))

    def _mobile(self) -> str:
        return f"+86{self._rng.choice(_PREFIXES)}{self._rng.randrange(100_000_000):08d}"

    def _mail(self, name: str, born: date) -> str:
        rng, spelled = self._rng, pinyin(name).replace(" ", "")
        local = rng.choice(
            (
                f"{spelled}{born.year % 100:02d}",
                f"{spelled}{rng.randrange(10_000)}",
                str(rng.randrange(10_000_000, 3_000_000_000)),
                f"{spelled}{born:%m%d}",
                f"{spelled[:1]}{rng.choice(('happy', 'cool', 'love', 'sunny', 'lucky'))}{rng.randrange(1_000)}",
            )
        )
        return f"{local}@{rng.choice(_MAILS)}"

    def _address(self) -> str:
        rng = self._rng
        street = rng.choice(_STREETS) + rng.choice(_ENDS)
        return (
            f"{street}{rng.randrange(1, 400)}号{rng.randrange(1, 30)}栋{rng.randrange(1, 30)}0{rng.randrange(1, 5)}室"
        )

    def _second(self, file: Made, *, id: int) -> Made:
        """The same person filed again: at another shop, years later, in a hurry, or from another system."""
        rng = self._rng
        told: dict[str, Any] = asdict(file) | {"id": id}
        if rng.random() < 0.25:
            told["phone"] = self._mobile()
        elif told["phone"] and rng.random() < 0.10:
            told["phone"] = _slip_of_digits(rng, told["phone"], keep=3)
        if rng.random() < 0.20:
            moved = rng.random() < 0.3
            told["city"] = rng.choice(_CITIES) if moved else told["city"]
            told |= {"district": rng.choice(_DISTRICTS), "address": self._address()}
        elif told["address"] and rng.random() < 0.3:
            told["address"] = _same_place(rng, told["address"])
        if rng.random() < 0.25:
            told["name"] = self._name_again(told["name"], told["gender"])
        if told["birth_on"] and rng.random() < 0.10:
            told["birth_on"] = _slip_of_date(rng, told["birth_on"])
        if rng.random() < 0.25:
            told["email"] = self._mail(told["name"], told["birth_on"] or date(1988, 8, 8))
        elif told["email"] and rng.random() < 0.08:
            told["email"] = _slip_of_letters(rng, told["email"])
        if rng.random() < 0.30:
            told["home_store_id"] = rng.randrange(1, 81)
        for field, share in (("gender", 0.1), ("birth_on", 0.12), ("phone", 0.06), ("email", 0.2), ("address", 0.25),
                             ("city", 0.1)):  # fmt: skip
            if rng.random() < share:
                told[field] = None
        return Made(**told)

    def _name_again(self, name: str, gender: str | None) -> str:
        rng, kind = self._rng, self._rng.random()
        if name.isascii():
            given, _, surname = name.partition(" ")
            if kind < 0.25 and gender == "female":
                return f"{given} {self._last.draw(rng)}"  # married
            if kind < 0.4:
                return f"{_SHORT.get(given, given[:3])} {surname}"
            return f"{surname} {given}" if kind < 0.5 else _slip_of_letters(rng, name)
        if kind < 0.40:  # the wrong choice among what the keyboard offers
            place = rng.randrange(1, len(name))
            others = _homophones().get(pinyin(name[place]), name[place])
            return name[:place] + rng.choice(others) + name[place + 1 :]
        if kind < 0.60:  # read from a photographed card
            swaps = {a: b for pair in _LOOK_ALIKE for a, b in (pair, pair[::-1])}
            return "".join(swaps.get(c, c) if n else c for n, c in enumerate(name))
        if kind < 0.72:
            return pinyin(name)
        if kind < 0.82:
            return f"{pinyin(name[1:]).capitalize()} {pinyin(name[0]).capitalize()}"
        if kind < 0.90:
            return f"{name[0]}{rng.choice(('女士', '小姐', '阿姨') if gender == 'female' else ('先生', '总', '老师'))}"
        return rng.choice(("小", "阿")) + name[-1]


def _slip_of_digits(rng: random.Random, number: str, *, keep: int) -> str:
    place = rng.randrange(keep + 3, len(number) - 1)
    if rng.random() < 0.4:
        return number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    return number[:place] + rng.choice("0123456789") + number[place + 1 :]


def _slip_of_letters(rng: random.Random, text: str) -> str:
    end = text.find("@") if "@" in text else len(text)
    place = rng.randrange(0, max(1, end - 1))
    kind = rng.random()
    if kind < 0.35:
        return text[:place] + text[place + 1 : place + 2] + text[place : place + 1] + text[place + 2 :]
    if kind < 0.65:
        return text[:place] + text[place + 1 :]
    return text[:place] + rng.choice("abcdefghijklmnopqrstuvwxyz") + text[place + (kind < 0.85) :]


def _slip_of_date(rng: random.Random, told: date) -> date:
    kind = rng.random()
    try:
        if kind < 0.35:
            return told.replace(month=told.day, day=told.month)
        if kind < 0.65:
            day = f"{told.day:02d}"
            return told.replace(day=int(day[::-1]))
        if kind < 0.85:
            return told.replace(year=told.year + rng.choice((-10, -1, 1, 10)))
        return told.replace(month=rng.randrange(1, 13))
    except ValueError:
        return told.replace(day=1)


def _same_place(rng: random.Random, address: str) -> str:
    """The same door in other words."""
    kind = rng.random()
    if kind < 0.4:
        return address.replace("栋", "-").replace("号", "号 ").replace("室", "")
    if kind < 0.7:
        return address.split("号")[0] + "号"
    return address.replace("号", "弄").replace("栋", "号楼")
