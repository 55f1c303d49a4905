import asyncio
import contextlib
from urllib.parse import parse_qsl

import httpx
import pytest
import simulators
from simulators.settings import Settings

SMS = {"From": "+15005550006", "Body": "Hello"}


async def send(client: httpx.AsyncClient, messages: str, to: str) -> int:
    return (await client.post(messages, data=SMS | {"To": to})).status_code


async def test_a_cut_takes_only_its_own_connection(
    sim: simulators.Simulation, client: httpx.AsyncClient, messages: str, twilio_auth: tuple[str, str]
) -> None:
    client.auth = httpx.BasicAuth(*twilio_auth)
    sim.fail("twilio", "stall", to="+79160000001", seconds=3)
    sim.fail("twilio", "cut_after", to="+79160000002")
    stalled = asyncio.create_task(send(client, messages, "+79160000001"))
    await sim.twilio.accepted.wait(1, timeout=60)
    with pytest.raises(httpx.RemoteProtocolError):
        await send(client, messages, "+79160000002")
    assert not stalled.done()
    assert await send(client, messages, "+79160000003") == 201
    assert await stalled == 201
    assert [sms.to[-1] for sms in sim.twilio.accepted] == ["1", "2", "3"]


async def test_many_messages_at_once_are_all_kept_with_ids_of_their_own(
    sim: simulators.Simulation, client: httpx.AsyncClient, messages: str, twilio_auth: tuple[str, str]
) -> None:
    client.auth = httpx.BasicAuth(*twilio_auth)
    numbers = [f"+7916{number:07}" for number in range(200)]
    assert set(await asyncio.gather(*(send(client, messages, to) for to in numbers))) == {201}
    assert sorted(sms.to for sms in sim.twilio.accepted) == numbers
    assert len({sms.sid for sms in sim.twilio.accepted}) == 200


async def test_open_conversations_end_when_the_simulator_stops() -> None:
    async with asyncio.timeout(60), simulators.running(Settings(http_port=0, smtp_port=0)) as sim:
        host, port = sim.smtp.split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        assert (await reader.readline()).startswith(b"220 ")
    with contextlib.suppress(ConnectionResetError):
        assert await reader.read() == b""
    writer.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(host, int(port))


async def test_a_port_that_is_taken_is_an_error(sim: simulators.Simulation) -> None:
    for taken in ({"http_port": sim.http.rsplit(":", 1)[1]}, {"smtp_port": sim.smtp.split(":")[1]}):
        settings = Settings.model_validate({"http_port": 0, "smtp_port": 0} | taken)
        with pytest.raises(OSError, match="in use"):
            async with simulators.running(settings):
                pass


class DropsTheFirst:
    """A server that closes its first connection without a word and answers 204 on the next."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
        self.bodies.append(await reader.readexactly(length))
        if self.connections > 1:
            writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        writer.close()


async def test_a_callback_whose_connection_breaks_is_sent_once_more(
    sim: simulators.Simulation, client: httpx.AsyncClient, messages: str, twilio_auth: tuple[str, str]
) -> None:
    far = DropsTheFirst()
    async with await asyncio.start_server(far.serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        form = SMS | {"To": "+79160000001", "StatusCallback": f"http://127.0.0.1:{port}/?effect=e1#rc=2"}
        await client.post(messages, data=form, auth=twilio_auth)
        assert await sim.twilio.report(sim.twilio.accepted[0]) == 204
    assert len(far.bodies) == 2
    assert far.bodies[0] == far.bodies[1]
    assert dict(parse_qsl(far.bodies[0].decode()))["MessageSid"] == sim.twilio.accepted[0].sid
