"""An agent as tests need it: it says one thing at a time to a zone in memory and reads the answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count

from lxml import etree

from cli.zis import Answer, Zone, simulated_zone
from cli.zis.agents import everything, requester
from cli.zis.content import content

NAMESPACE = "http://www.sifinfo.org/infrastructure/2.x"
TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LISTS = ("Provide", "Subscribe", "PublishAdd", "PublishChange", "PublishDelete", "Request", "Respond")
NUMBERS = count(1)


def number() -> str:
    return f"{next(NUMBERS):032X}"


def clock() -> datetime:
    return NOON


def zone(students: int = 12, **given) -> Zone:
    return simulated_zone(students, **{"today": TODAY, "clock": clock} | given)


def busy_zone(version: str = "2.1", faults: Iterable[str] = ()) -> Zone:
    """A zone in which another agent, Nurse, may do anything, and Second may ask."""
    return Zone("ZONE1", version=version, clock=clock, provider=content(12, 1, TODAY), faults=faults,
                access={"Empower": requester(), "Nurse": everything(), "Second": requester()})


def message(inside: str, version: str = "2.1") -> bytes:
    return f'<SIF_Message xmlns="{NAMESPACE}" Version="{version}">{inside}</SIF_Message>'.encode()


def header(source_id: str = "Empower", msg_id: str = "", more: str = "") -> str:
    return (f"<SIF_Header><SIF_MsgId>{msg_id or number()}</SIF_MsgId><SIF_Timestamp>2026-11-23T12:00:00Z"
            f"</SIF_Timestamp><SIF_SourceId>{source_id}</SIF_SourceId>{more}</SIF_Header>")


@dataclass(frozen=True)
class Heard:
    """What a zone answered: `code` is a status like 0, or an error like 4/9."""

    answer: Answer
    root: etree._Element = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", etree.fromstring(self.answer.body))

    def one(self, path: str) -> str:
        return self.root.findtext(f".//{{*}}{path.replace('/', '/{*}')}") or ""

    @property
    def code(self) -> str:
        if self.root.find(".//{*}SIF_Ack/{*}SIF_Error") is not None:
            return f"{self.one('SIF_Ack/SIF_Error/SIF_Category')}/{self.one('SIF_Ack/SIF_Error/SIF_Code')}"
        return self.one("SIF_Ack/SIF_Status/SIF_Code")

    @property
    def about(self) -> str:
        return self.one("SIF_Ack/SIF_Error/SIF_ExtendedDesc")

    @property
    def pulled(self) -> etree._Element | None:
        """The message of a SIF_GetMessage: the child of the inner SIF_Message."""
        found = self.root.find(".//{*}SIF_Data/{*}SIF_Message")
        return None if found is None else found[0]

    @property
    def msg_id(self) -> str:
        return self.pulled.findtext("{*}SIF_Header/{*}SIF_MsgId")

    @property
    def source_id(self) -> str:
        return self.pulled.findtext("{*}SIF_Header/{*}SIF_SourceId")

    @property
    def kind(self) -> str:
        return etree.QName(self.pulled).localname

    @property
    def objects(self) -> list[etree._Element]:
        return list(self.pulled.find("{*}SIF_ObjectData"))

    @property
    def error(self) -> str:
        found = self.pulled.find("{*}SIF_Error")
        return "" if found is None else f"{found.findtext('{*}SIF_Category')}/{found.findtext('{*}SIF_Code')}"

    @property
    def packet(self) -> tuple[int, str]:
        return int(self.pulled.findtext("{*}SIF_PacketNumber")), self.pulled.findtext("{*}SIF_MorePackets")


@dataclass
class Agent:
    zone: Zone
    id: str = "Empower"
    version: str = "2.1"

    def post(self, body: bytes) -> Answer:
        return self.zone.handle(body)

    def heard(self, body: bytes) -> Heard:
        return Heard(self.post(body))

    def say(self, kind: str, inside: str = "", msg_id: str = "", more: str = "") -> Heard:
        return self.heard(self.written(kind, inside, msg_id, more))

    def written(self, kind: str, inside: str = "", msg_id: str = "", more: str = "") -> bytes:
        return message(f"<{kind}>{header(self.id, msg_id, more)}{inside}</{kind}>", self.version)

    def register(self, *, mode: str = "Pull", max_bytes: int = 1_048_576, versions: Iterable[str] = ("2.*",)) -> Heard:
        push = '<SIF_Protocol Type="HTTP" Secure="No"><SIF_URL>http://example.org</SIF_URL></SIF_Protocol>'
        return self.say("SIF_Register", f"<SIF_Name>{self.id}</SIF_Name>" + "".join(
            f"<SIF_Version>{version}</SIF_Version>" for version in versions)
            + f"<SIF_MaxBufferSize>{max_bytes}</SIF_MaxBufferSize><SIF_Mode>{mode}</SIF_Mode>"
            + (push if mode == "Push" else ""))

    def provision(self, **names: Iterable[str]) -> Heard:
        return self.say("SIF_Provision", "".join(
            f"<SIF_{what}Objects>{objects(names.get(what, ()))}</SIF_{what}Objects>" for what in LISTS))

    def ready(self, *names: str, **given) -> Agent:
        """Registered, and provisioned to request and subscribe to these objects."""
        assert self.register(**given).code == "0"
        assert self.provision(Subscribe=names, Request=names).code == "0"
        return self

    def request(self, name: str, inside: str = "", *, max_bytes: int = 1_048_576, versions: Iterable[str] = ("2.*",),
                msg_id: str = "", to: str = "") -> Heard:
        return self.say("SIF_Request", *self.asked(name, inside, max_bytes, versions), msg_id,
                        to and f"<SIF_DestinationId>{to}</SIF_DestinationId>")

    def asked(self, name: str, inside: str = "", max_bytes: int = 1_048_576,
              versions: Iterable[str] = ("2.*",)) -> list[str]:
        wanted = "".join(f"<SIF_Version>{version}</SIF_Version>" for version in versions)
        query = inside if "SIF_QueryObject" in inside else f'<SIF_QueryObject ObjectName="{name}"/>{inside}'
        return [f"{wanted}<SIF_MaxBufferSize>{max_bytes}</SIF_MaxBufferSize><SIF_Query>{query}</SIF_Query>"]

    def control(self, inside: str, msg_id: str = "") -> Heard:
        return self.say("SIF_SystemControl", f"<SIF_SystemControlData>{inside}</SIF_SystemControlData>", msg_id)

    def get(self) -> Heard:
        return self.control("<SIF_GetMessage/>")

    def ack(self, heard: Heard, code: int = 1) -> Heard:
        return self.ack_of(heard.source_id, heard.msg_id, f"<SIF_Status><SIF_Code>{code}</SIF_Code></SIF_Status>")

    def refuse(self, heard: Heard, category: int = 12) -> Heard:
        return self.ack_of(heard.source_id, heard.msg_id, refusal(category))

    def ack_of(self, source_id: str, msg_id: str, result: str) -> Heard:
        return self.say("SIF_Ack", f"<SIF_OriginalSourceId>{source_id}</SIF_OriginalSourceId>"
                                   f"<SIF_OriginalMsgId>{msg_id}</SIF_OriginalMsgId>{result}")

    def drained(self) -> Iterator[Heard]:
        """Every message of the queue, each acknowledged."""
        while (heard := self.get()).code == "0":
            yield heard
            assert self.ack(heard).code == "0"
        assert heard.code == "9"

    def fetched(self, name: str, inside: str = "", **given) -> list[etree._Element]:
        """All objects of one kind."""
        assert self.request(name, inside, **given).code == "0"
        return [each for heard in self.drained() for each in heard.objects]


def refusal(category: int = 12, code: int = 2) -> str:
    return (f"<SIF_Error><SIF_Category>{category}</SIF_Category><SIF_Code>{code}</SIF_Code>"
            "<SIF_Desc>no</SIF_Desc></SIF_Error>")


def objects(names: Iterable[str]) -> str:
    return "".join(f'<SIF_Object ObjectName="{name}"/>' for name in names)


def local_ids(found: Iterable[etree._Element]) -> list[str]:
    return [each.findtext("{*}LocalId") for each in found]
