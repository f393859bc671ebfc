"""An implementation of the documented operations, and the fleet of faulty ones that shows what a check can catch.

It is a stranger to the rest of the kit: it imports nothing of it, nothing imports it, and every constant here is a
reading of the documents of its own. A run starts it by name, as a process, and talks to it over a socket.

    server, tls                 sockets; started by `__main__`, or by `fleet` without any, for many at once
    app, bodies, delivery       HTTP: from a request to a reply (`calls` are both)
    service                     one operation: checks in order, then recognition, then the answer
    editions                    what the documents say about each operation, as data in `editions/*.toml`
    errors                      error codes, their texts and statuses
    credentials, signature, throttle            token and AK/SK, and how often they may call
    parameters, payload, download, pdf, pictures    the checks of a request, from its body to its picture
    recognizer, specimens, geometry, alarms     reading a picture; `memory` keeps what was read
    answers                     from what was recognised to the JSON of an answer
    behaviour, checks           the places where a fault changes any of it
    faults                      the faulty implementations, and unusual but conformant ones
"""
