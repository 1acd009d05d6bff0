"""The one cache: answers that were worked out, each under the key of all that it depends on.

`key` builds that key, `memory` keeps answers in the process, `shared` at a Redis for all processes,
`flights` lets those who ask the same at the same time wait for one of them, `cache` joins the four.
"""
