"""The container engine of this machine."""

import socket

import docker
from docker.errors import DockerException, ImageNotFound, NotFound

from stack.settings import Settings

LABEL = "local-stack.run"
SCHEME = "unix://"


def obstacle(settings: Settings) -> str | None:
    """Say why containers cannot be used here, or None; asks for at most some seconds."""
    if not _listens(settings.engine):
        return f"no engine answers at {settings.engine}"
    try:
        engine = docker.from_env(timeout=5)
    except DockerException as error:
        return f"no engine answers ({error})"
    try:
        for image in (settings.kafka_image, settings.postgres_image):
            if not _has(engine, image):
                engine.images.get_registry_data(image)
    except (DockerException, OSError) as error:
        return str(error)
    finally:
        engine.close()
    return None


def remove_containers(run_id: str) -> None:
    """Remove the containers of a run, found by their label, with their data."""
    try:
        engine = docker.from_env(timeout=30)
    except DockerException:
        return  # the engine is gone, and its containers do not run without it
    try:
        for container in engine.containers.list(all=True, filters={"label": f"{LABEL}={run_id}"}):
            _remove(container)
    finally:
        engine.close()


def _listens(address: str) -> bool:
    """Knock first: the client leaves a socket open when nobody is there. Other than Unix sockets are let pass."""
    if not address.startswith(SCHEME):
        return True
    with socket.socket(socket.AF_UNIX) as knock:
        knock.settimeout(5)
        try:
            knock.connect(address.removeprefix(SCHEME))
        except OSError:
            return False
    return True


def _has(engine: docker.DockerClient, image: str) -> bool:
    try:
        engine.images.get(image)
    except ImageNotFound:
        return False
    return True


def _remove(container: docker.models.containers.Container) -> None:
    try:
        container.remove(force=True, v=True)
    except NotFound:
        return
