-- The newest segment that is stored. Leans on the minmax index of Segment, by which the engine finds the granule
-- of the greatest; a segment's id begins with its time.
SELECT Segment FROM otel_traces WHERE Segment >= {recent:UInt64} ORDER BY Segment DESC LIMIT 1
