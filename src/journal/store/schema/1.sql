-- A run, and where its record ends. Times are microseconds since 1970.
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    file TEXT NOT NULL,
    plan TEXT NOT NULL,
    started INTEGER NOT NULL,
    -- How many events there are, and the hash of the last.
    events INTEGER NOT NULL,
    head BLOB NOT NULL,
    -- How many of them are known to be on the disk.
    flushed INTEGER NOT NULL,
    -- Taken from the events, so that runs are listed without reading them.
    last INTEGER NOT NULL,
    result TEXT
) STRICT;

-- What a run goes by: first the text that it was started with, then each that was accepted in its place.
CREATE TABLE bundles (
    run INTEGER NOT NULL REFERENCES runs (id),
    -- The hash of the plan that it gives.
    plan TEXT NOT NULL,
    rutter TEXT NOT NULL,
    entry TEXT NOT NULL,
    folder TEXT NOT NULL,
    params TEXT NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (run, plan)
) STRICT, WITHOUT ROWID;

CREATE TABLE files (
    run INTEGER NOT NULL,
    plan TEXT NOT NULL,
    path TEXT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (run, plan, path),
    FOREIGN KEY (run, plan) REFERENCES bundles (run, plan)
) STRICT, WITHOUT ROWID;

-- Each hash is SHA-256 of the one before and the body.
CREATE TABLE events (
    run INTEGER NOT NULL REFERENCES runs (id),
    sequence INTEGER NOT NULL,
    body BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (run, sequence)
) STRICT, WITHOUT ROWID;

-- A row stays when its lease is given back, so that fences only ever grow. Nobody holds it when holder is NULL.
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    fence INTEGER NOT NULL,
    beat INTEGER NOT NULL,
    taken INTEGER NOT NULL,
    holder TEXT
) STRICT, WITHOUT ROWID;

-- What others ask of whoever carries a run out.
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL REFERENCES runs (id),
    posted INTEGER NOT NULL,
    body TEXT NOT NULL,
    done INTEGER NOT NULL
) STRICT;
CREATE INDEX messages_of_a_run ON messages (run, id);

-- Who overruled what.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    by_name TEXT NOT NULL,
    by_from TEXT NOT NULL,
    reason TEXT,
    holder TEXT
) STRICT;
