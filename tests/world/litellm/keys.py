"""The keys of a test's site, for a proxy that has no database to look them up in.

It only says what is stored about a key; whether it has expired or may use a model is LiteLLM's own decision.
"""

import json
import os

from litellm.proxy._types import ProxyErrorTypes, ProxyException, UserAPIKeyAuth


async def authenticate(request, api_key):
    with open(os.environ["SITE_KEYS"], encoding="utf-8") as file:
        stored = json.load(file).get(api_key)
    if stored is None:
        raise ProxyException(
            message="Authentication Error, Invalid proxy server token passed.",
            type=ProxyErrorTypes.token_not_found_in_db,
            param="key",
            code=401,
        )
    return UserAPIKeyAuth(api_key=api_key, token=api_key, **stored)
