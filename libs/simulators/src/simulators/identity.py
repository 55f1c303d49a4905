"""An identity provider's end: its keys over HTTP, and tokens signed with them, right or wrong."""

import time
from typing import Any, Literal

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from fastapi import FastAPI, Response

Algorithm = Literal["RS256", "ES256", "EdDSA"]
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
AUDIENCE = "signalbox"


def new_key(algorithm: Algorithm) -> PrivateKey:
    """Make a private key of the kind that an algorithm signs with."""
    if algorithm == "RS256":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256" else ed25519.Ed25519PrivateKey.generate()


class IdentityProvider:
    """A provider that publishes keys, rotates them, and can be away; `asked` counts how often its keys were fetched."""

    def __init__(self) -> None:
        self.issuer = ""
        self.away = False
        self.asked = 0
        self._keys: dict[str, tuple[Algorithm, PrivateKey]] = {}
        self.app = FastAPI()
        self.app.add_api_route("/.well-known/openid-configuration", self.configuration)
        self.app.add_api_route("/keys", self.keys)

    def rotate(self, kid: str, algorithm: Algorithm) -> None:
        """Sign with a new key from now on, and publish it alone."""
        self._keys = {kid: (algorithm, new_key(algorithm))}

    async def configuration(self) -> dict[str, str]:
        """Answer where the keys are."""
        return {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"}

    async def keys(self, response: Response) -> dict[str, Any]:
        """Answer with the public keys."""
        self.asked += 1
        if self.away:
            response.status_code = 503
            return {}
        return {"keys": [published(kid, *key) for kid, key in self._keys.items()]}

    def token(self, **claims: Any) -> str:
        """Sign a token for a subject that is valid for a minute, but for what `claims` say otherwise."""
        kid, (algorithm, key) = next(iter(self._keys.items()))
        now = int(time.time())
        told = {"iss": self.issuer, "aud": AUDIENCE, "sub": "1234", "iat": now, "exp": now + 60, **claims}
        present = {name: value for name, value in told.items() if value is not None}
        return jwt.encode(present, key, algorithm, headers={"kid": kid})


def published(kid: str, algorithm: Algorithm, key: PrivateKey) -> dict[str, Any]:
    """Give the public half of a key, as a key set has it."""
    of = {"RS256": jwt.algorithms.RSAAlgorithm, "ES256": jwt.algorithms.ECAlgorithm}
    kind: Any = of.get(algorithm, jwt.algorithms.OKPAlgorithm)
    return {**kind.to_jwk(key.public_key(), as_dict=True), "kid": kid, "alg": algorithm, "use": "sig"}
