-- Where a record is among the stretches of phases that are bound: by its phase and time, or where it bears no phase by its
-- time alone; 0 for nowhere, as what a check found after the end.
if(
    phase != '',
    if(
        arrayLastIndex(
            (each, start) -> each = phase AND start <= at, {stretch_phases:Array(String)}, {starts:Array(Int64)}
        ) AS reached > 0,
        reached,
        indexOf({stretch_phases:Array(String)}, phase)
    ),
    if(
        at > {ended:Int64},
        0,
        arrayLastIndex((start, is_told) -> is_told AND start <= at, {starts:Array(Int64)}, {told:Array(Bool)})
    )
)
