-- The newest segment that is stored. Leans on the minmax index of Segment; a segment's id begins with its time.
SELECT max(Segment) FROM otel_traces WHERE Segment >= {recent:UInt64}
