"""An implementation of the documented operations, and the fleet of faulty ones that shows what a check can catch.

It is a stranger to the rest of the kit: it imports nothing of it, nothing imports it, and every constant here is a
reading of the documents of its own. A run starts it by name, as a process, and talks to it over a socket.

    server          sockets and TLS; started by `__main__`
    app             HTTP: from a request to a reply; a fleet of applications in one process, without sockets
    service         one operation: checks in order, then recognition, then the JSON of the answer
    calls           one call: what arrived, what it asks for, the reply to it
    credentials     who may call: token and AK/SK, and how often
    editions        what the documents say: error codes, and each operation as data in `editions/*.toml`
    contracts       operations that a folder of contracts adds, and their faults
    pictures        from base64 text or a url to the pixels of a file
    recognizer      reading the documents on a picture; `rapid` does it with a real OCR engine
    alarms          the alarm conditions of an identity document, and the geometry of its page
    behaviour       what a fault changes, and what it is made of; engines that are not exact
    faults          the faulty implementations, and unusual but conformant ones
"""
