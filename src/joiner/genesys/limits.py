"""Limits of the contract that are the same in both profiles. Those that differ are settings of ``profile.py``."""

SKILLS_MAX = 50
LANGUAGES_MAX = 50
EXTERNAL_IDS_MAX = 100
ELEMENTS_MAX = 250
TEXT_CHARACTERS_MAX = 8_192
"""Elements of any other list of a user, characters of any text: ours, so that no single account costs endless work."""
PROFICIENCY_MIN = 0.0
PROFICIENCY_MAX = 5.0
PASSWORD_CHARACTERS = 40
TOKEN_SECONDS_MIN = 300
TOKEN_SECONDS_MAX = 172_800
TOKEN_SECONDS_DEFAULT = 86_400
SCIM_TOKEN_SECONDS_MAX = 38_880_000
PLATFORM_MEMBERS_PER_CALL = 50
PLATFORM_SKILLS_PER_CALL = 50
HEADER_BYTES_MAX = 16_384
JSON_DEPTH_MAX = 32
