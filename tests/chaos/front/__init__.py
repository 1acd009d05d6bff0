"""ClickHouse's HTTP protocol in front of the engine inside a process, with faults on demand.

As much of the protocol as Indicube uses: typed parameters in the address or in a form, settings,
inserts of Arrow, Native answers, streams, errors with their codes, two users of whom one may only
read. It lets several processes work on one engine, as they do on a server, and fails as servers
and networks do.
"""
