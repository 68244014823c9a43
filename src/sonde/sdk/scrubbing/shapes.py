"""Secrets that are known by their shape, wherever they stand in a text.

Every pattern is linear in the length of the text: what repeats is bounded, or followed by something that
it cannot match.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

EMAIL: Final = "e-mail"


def mark(label: str) -> str:
    """What stands in the place of a secret."""
    return f"[scrubbed: {label}]"


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of secret. `hints` are texts of which one stands in every text that has such a secret.

    Group `secret` of the pattern is replaced (the whole match where there is no such group), unless `check`
    says that it is none.
    """

    label: str
    hints: Sequence[str]
    pattern: re.Pattern[str]
    check: Callable[[str], bool] | None = None

    def scrub(self, text: str) -> str:
        """The text without such secrets; the same object where it has none."""
        if self.hints and not any(hint in text for hint in self.hints):
            return text
        group = "secret" if "secret" in self.pattern.groupindex else 0
        parts: list[str] = []
        done = at = 0
        while match := self.pattern.search(text, at):
            if self.check is not None and not self.check(match[group]):
                at = match.start() + 1  # another may begin within what this one would have been
                continue
            start, at = match.span(group)
            parts += (text[done:start], mark(self.label))
            done = at
        return "".join((*parts, text[done:])) if parts else text


def is_card_number(text: str) -> bool:
    """Whether the last digit is the check digit of a card number (Luhn; ISO/IEC 7812-1, annex B)."""
    digits = [ord(character) - 48 for character in text if character.isdigit()]
    doubled = (digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


# What may not stand before or after a token: it would be part of something else.
_B: Final = r"(?<![A-Za-z0-9])"

_TOKENS: Final = {
    # OpenAI, Anthropic and others
    "sk-": r"sk-(?=[A-Za-z_-]{0,64}[0-9])[A-Za-z0-9_-]{16,}",
    # Stripe
    "k_live_": r"[rs]k_live_[A-Za-z0-9]{10,}",
    "k_test_": r"[rs]k_test_[A-Za-z0-9]{10,}",
    "whsec_": r"whsec_[A-Za-z0-9+/=]{16,}",
    # GitHub
    "ghp_": r"ghp_[A-Za-z0-9]{30,}",
    "gho_": r"gho_[A-Za-z0-9]{30,}",
    "ghu_": r"ghu_[A-Za-z0-9]{30,}",
    "ghs_": r"ghs_[A-Za-z0-9]{30,}",
    "ghr_": r"ghr_[A-Za-z0-9]{30,}",
    "github_pat_": r"github_pat_[A-Za-z0-9_]{40,}",
    # GitLab
    "glpat-": r"glpat-[A-Za-z0-9_.-]{20,}",
    # Amazon Web Services
    "AKIA": r"AKIA[A-Z0-9]{16}(?![A-Za-z0-9])",
    "ASIA": r"ASIA[A-Z0-9]{16}(?![A-Za-z0-9])",
    # Slack
    "xox": r"xox[a-z]-[A-Za-z0-9-]{10,}",
    "xapp-": r"xapp-[0-9]-[A-Za-z0-9-]{10,}",
    # Google
    "AIza": r"AIza[A-Za-z0-9_-]{35,}",
    "ya29.": r"ya29\.[A-Za-z0-9_-]{20,}",
    "GOCSPX-": r"GOCSPX-[A-Za-z0-9_-]{20,}",
    # Registries, hosts and mailers
    "npm_": r"npm_[A-Za-z0-9]{36,}",
    "pypi-AgE": r"pypi-AgE[A-Za-z0-9_-]{32,}",
    "hf_": r"hf_[A-Za-z0-9]{30,}",
    "dop_v1_": r"dop_v1_[a-f0-9]{64}",
    "shpat_": r"shpat_[A-Fa-f0-9]{32}",
    "SG.": r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    # Sonde
    "sonde_": r"sonde_[a-f0-9]{8}_[A-Za-z0-9_-]{40,}",
}

_API_KEY: Final = Shape("api key", tuple(_TOKENS), re.compile(f"{_B}(?:{'|'.join(_TOKENS.values())})"))

_JWT: Final = Shape(
    "JWT", ("eyJ",), re.compile(rf"{_B}eyJ[A-Za-z0-9_-]{{8,}}\.[A-Za-z0-9_-]{{8,}}(?:\.[A-Za-z0-9_-]*)?")
)

# Up to the end line of the block; up to the end of the text where it was cut off.
_PRIVATE_KEY: Final = Shape(
    "private key",
    ("PRIVATE KEY",),
    re.compile(
        r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----"
        r"[^-]*+(?:-(?!----END )[^-]*+)*+(?:-----END [A-Z0-9 ]{1,80}-----)?"
    ),
)

# The word `Basic` or `Token` may begin a sentence: what follows must look like no word.
_SCHEME: Final = Shape(
    "credentials",
    ("earer ", "EARER ", "asic ", "ASIC ", "igest ", "egotiate ", "oken ", "piKey "),
    re.compile(
        rf"{_B}(?:[Bb]earer|BEARER|[Bb]asic|BASIC|[Dd]igest|[Nn]egotiate|[Tt]oken|ApiKey)[ ]+"
        r"(?=[A-Za-z+/._~-]*[0-9=]|[A-Za-z+/._~-]*[a-z][A-Z]|[A-Za-z+/._~-]{20})"
        r"(?P<secret>[A-Za-z0-9+/._~-]{8,}+=*)"
    ),
)

# The password may hold every character but white space and quotes, as people forget to encode it; digits
# before a slash are a port.
_USERINFO: Final = Shape(
    "password",
    ("://",),
    re.compile(
        r"://[^\s/?#@:\[\]\"'<>]{0,256}+:(?!\d{1,5}(?:[/?#,]|\Z))"
        r"(?P<secret>[^\s@\"'<>]{1,4096}+(?:@[^\s@/?#\"'<>]{0,256}+(?=@))*+)@"
    ),
)

_SIGNATURE: Final = Shape(
    "signature",
    ("ignature=", "sig=", "AWSAccessKeyId=", "X-Amz-Credential="),
    re.compile(
        r"(?:[?&;]|\A)(?:X-Amz-|X-Goog-|x-amz-|x-goog-)?(?:[Ss]ignature|sig|AWSAccessKeyId|Credential)="
        r"(?P<secret>[^&\s\"'<>#]{1,4096}+)"
    ),
)

# Issuers' first digits and lengths: Visa, Mastercard, Discover, UnionPay, Maestro, JCB; American Express;
# Diners Club. Times begin with other digits until the year 2039, or have another length. Digits within a
# longer number, a fraction or a word are none.
_SIXTEEN: Final = r"(?:4[0-9]{3}|5[0-9]{3}|2[2-7][0-9]{2}|6[0-9]{3}|35[2-8][0-9])"
_CARD: Final = Shape(
    "card number",
    (),
    re.compile(
        r"(?<![0-9A-Za-z])(?<![0-9]\.)(?:"
        rf"{_SIXTEEN}[0-9]{{12}}"
        rf"|{_SIXTEEN}(?P<gap>[ -])[0-9]{{4}}(?P=gap)[0-9]{{4}}(?P=gap)[0-9]{{4}}(?:(?P=gap)[0-9]{{3}})?"
        r"|3[47][0-9]{2}(?P<gap2>[ -]?)[0-9]{6}(?P=gap2)[0-9]{5}"
        r"|3(?:0[0-5]|[68][0-9])[0-9](?P<gap3>[ -]?)[0-9]{6}(?P=gap3)[0-9]{4}"
        r")(?![0-9A-Za-z]|\.[0-9])"
    ),
    is_card_number,
)

_EMAIL: Final = Shape(
    EMAIL,
    ("@",),
    re.compile(
        r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9_%+-][A-Za-z0-9._%+-]{0,63}+@(?:[A-Za-z0-9-]{1,63}+\.){1,8}[A-Za-z]{2,24}"
    ),
)

# In this order: what is found first keeps its label.
_ALWAYS: Final = (_PRIVATE_KEY, _API_KEY, _JWT, _SIGNATURE, _USERINFO, _SCHEME, _CARD)


def known_shapes(*, emails: bool = False) -> Sequence[Shape]:
    """The shapes to look for; e-mail addresses only where they are asked for."""
    return (*_ALWAYS, _EMAIL) if emails else _ALWAYS
