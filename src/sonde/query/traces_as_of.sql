-- The newest segment that was stored since another. Leans on the minmax index of Segment: mostly there is none, and nothing is
-- read; else the engine finds the granule of the greatest by it. A segment's id begins with its time.
SELECT Segment FROM otel_traces WHERE Segment > {seen:UInt64} ORDER BY Segment DESC LIMIT 1
