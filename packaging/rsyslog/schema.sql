-- SPDX-License-Identifier: BSD-2-Clause
--
-- What PostgreSQL (12 or later, a database in UTF8) needs to take execsnoop-c's JSON lines:
--
--	psql -v ON_ERROR_STOP=1 -f schema.sql
--
-- It may be run again. docs/fleet.md has the reasons.
BEGIN;

CREATE SCHEMA IF NOT EXISTS execsnoop;

-- One row a line, kept byte for byte.
CREATE TABLE IF NOT EXISTS execsnoop.event (
	ephemeral_id uuid NOT NULL,	-- agent.ephemeral_id: the run of the tracer
	sequence bigint NOT NULL,	-- event.sequence: 0 is the run's first line
	at timestamptz NOT NULL,	-- @timestamp
	host text NOT NULL,		-- host.name
	action text NOT NULL,		-- event.action: exec, exit, ..., end
	line text NOT NULL,
	PRIMARY KEY (ephemeral_id, sequence)
);

-- The last line of each run that ended.
CREATE INDEX IF NOT EXISTS event_end ON execsnoop.event (ephemeral_id) WHERE action = 'end';

-- The lines as jsonb, which has no U+0000. That is the one thing that makes a valid line another one here.
CREATE OR REPLACE VIEW execsnoop.doc AS
SELECT ephemeral_id, sequence, at, host, action, replace(line, '\u0000', '\ufffd')::jsonb AS doc
FROM execsnoop.event;

-- A row for each run of lines that is missing. What is missing before a later line is known; of a run
-- that is not ended nobody knows whether there is more.
CREATE OR REPLACE VIEW execsnoop.gap AS
SELECT e.host, e.ephemeral_id, s.before + 1 AS first, e.sequence - 1 AS last,
	e.sequence - s.before - 1 AS lines,
	EXISTS (SELECT FROM execsnoop.event x
		WHERE x.ephemeral_id = e.ephemeral_id AND x.action = 'end') AS ended
FROM (SELECT ephemeral_id, sequence,
		lag(sequence, 1, -1::bigint) OVER (PARTITION BY ephemeral_id ORDER BY sequence) AS before
	FROM execsnoop.event) s
JOIN execsnoop.event e USING (ephemeral_id, sequence)
WHERE s.sequence - s.before > 1;

-- The runs whose end has not come: they go on, or were killed, or their last lines are missing.
CREATE OR REPLACE VIEW execsnoop.unended AS
SELECT host, ephemeral_id, sequence AS last, at
FROM (SELECT DISTINCT ON (ephemeral_id) * FROM execsnoop.event
	ORDER BY ephemeral_id, sequence DESC) latest
WHERE action <> 'end';

-- What came and is no line of execsnoop-c: cut, or another's. Kept for a person to look at.
CREATE TABLE IF NOT EXISTS execsnoop.refused (
	at timestamptz NOT NULL DEFAULT now(),
	why text NOT NULL,
	line bytea NOT NULL
);

-- Take a line. @bytes has a character U+0001 to U+00ff for each byte of it, which is what a client whose
-- encoding is LATIN1 sends: so no byte can make the statement itself fail. True if the line was missing;
-- one that is there is not stored again. Text that cannot be stored goes to execsnoop.refused.
CREATE OR REPLACE FUNCTION execsnoop.take(bytes text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	raw bytea := convert_to(bytes, 'LATIN1');
	line text;
	doc jsonb;
	id uuid;
	seq bigint;
	at timestamptz;
BEGIN
	BEGIN
		line := convert_from(raw, 'UTF8');
		doc := replace(line, '\u0000', '\ufffd')::jsonb;
		id := doc->'agent'->>'ephemeral_id';
		seq := doc->'event'->>'sequence';
		at := doc->>'@timestamp';
		IF id IS NULL OR seq IS NULL OR at IS NULL THEN
			RAISE data_exception USING MESSAGE =
				'no agent.ephemeral_id, event.sequence or @timestamp';
		END IF;
	EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
		INSERT INTO execsnoop.refused (why, line) VALUES (SQLERRM, raw);
		RETURN false;
	END;
	INSERT INTO execsnoop.event
	VALUES (id, seq, at, coalesce(doc->'host'->>'name', ''),
		coalesce(doc->'event'->>'action', ''), line)
	ON CONFLICT DO NOTHING;
	RETURN FOUND;
END $$;

-- Who feeds it may take lines and do nothing else.
REVOKE ALL ON FUNCTION execsnoop.take(text) FROM PUBLIC;
DO $$ BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'execsnoop_feed') THEN
		CREATE ROLE execsnoop_feed LOGIN;
	END IF;
END $$;
GRANT USAGE ON SCHEMA execsnoop TO execsnoop_feed;
GRANT EXECUTE ON FUNCTION execsnoop.take(text) TO execsnoop_feed;

COMMIT;
