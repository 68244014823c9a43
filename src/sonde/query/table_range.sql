-- The times of the oldest and the newest row of a table. Leans on what the engine knows of each part: none is read.
SELECT '$table', toUnixTimestamp64Nano(min($time)), toUnixTimestamp64Nano(max($time)), count()
FROM $table
